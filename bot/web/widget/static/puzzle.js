// A number whose SHA-256 with the puzzle begins with so many zero bits: asked only when many come at
// once. By FIPS 180-4, since browsers have their own only on https.
const parts = root => {
  const found = [];
  for (let number = 2; found.length < 64; number++)
    if (found.every(([prime]) => number % prime)) {
      const value = number ** (1 / root);
      found.push([number, ((value % 1) * 2 ** 32) | 0]);
    }
  return found.map(([, part]) => part);
};
const START = parts(2).slice(0, 8);
const ROUNDS = parts(3);
const turn = (word, by) => (word >>> by) | (word << (32 - by));

// The first 32 bits of the SHA-256 of ASCII letters.
export const firstWord = text => {
  const length = (((text.length + 8) >> 6) + 1) * 16;
  const words = new Int32Array(length);
  for (let at = 0; at < text.length; at++)
    words[at >> 2] |= text.charCodeAt(at) << (24 - 8 * (at % 4));
  words[text.length >> 2] |= 0x80 << (24 - 8 * (text.length % 4));
  words[length - 1] = text.length * 8;
  let state = START;
  const w = new Int32Array(64);
  for (let block = 0; block < length; block += 16) {
    let [a, b, c, d, e, f, g, h] = state;
    for (let round = 0; round < 64; round++) {
      if (round < 16) w[round] = words[block + round];
      else {
        const x = w[round - 15];
        const y = w[round - 2];
        w[round] =
          w[round - 16] +
          (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) +
          w[round - 7] +
          (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
      }
      const one =
        (h +
          (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) +
          ((e & f) ^ (~e & g)) +
          ROUNDS[round] +
          w[round]) |
        0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    state = [a, b, c, d, e, f, g, h].map((word, at) => (word + state[at]) | 0);
  }
  return state[0] >>> 0;
};

export async function solve({ puzzle, bits }) {
  for (let number = 0; ; number++) {
    const solution = `${puzzle}:${number}`;
    if (!(firstWord(solution) >>> (32 - bits))) return solution;
    if (number % 2000 === 1999) await new Promise(done => setTimeout(done)); // the page goes on
  }
}
