// A number whose SHA-256 with the puzzle begins with so many zero bits: asked only under a flood.
export async function solve({ puzzle, bits }) {
  const encoder = new TextEncoder();
  for (let number = 0; ; number++) {
    const solution = `${puzzle}:${number}`;
    const hash = await crypto.subtle.digest("SHA-256", encoder.encode(solution));
    if (!(new DataView(hash).getUint32(0) >>> (32 - bits))) return solution;
  }
}
