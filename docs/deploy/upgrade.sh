#!/bin/sh
# upgrade.sh VERSION: prepares a version (a tag or branch) in a folder of its own while the present
# one serves, then switches, in seconds. Whatever fails before the switch changes nothing.
#
#   $SHOPTALK_ROOT/releases/VERSION   the checkouts (/srv/shoptalk)
#   $SHOPTALK_ROOT/current            a link to the one that runs
set -eu
version=${1:?"say which version: upgrade.sh v0.3.0"}
root=${SHOPTALK_ROOT:-/srv/shoptalk}
restart=${SHOPTALK_RESTART:-"systemctl restart shoptalk"}
: "${SHOPTALK_SHOP:?"names the shop.yml of the shop"}"
next=$root/releases/$version
before=$(readlink -f "$root/current")
backup=$(dirname "$SHOPTALK_SHOP")/before-$version.tar

[ ! -e "$next" ] || { echo "$next is there already: take it away, or name another version." >&2; exit 1; }
trap '[ $? -eq 0 ] || { echo "Nothing was switched: $before still serves." >&2; rm -rf "$next"; }' EXIT
git clone --quiet --depth 1 --branch "$version" "$(git -C "$before" remote get-url origin)" "$next"
make -C "$next" install
(cd "$next" && .venv/bin/shoptalk train)
(cd "$before" && .venv/bin/shoptalk backup "$backup")
trap - EXIT

ln -s "$next" "$root/.next" && mv -T "$root/.next" "$root/current"
$restart
echo "$version is started. To go back: stop it, ln -sfn $before $root/current,"
echo "shoptalk restore $backup, and start it again. docs/backup.md says what that costs."
