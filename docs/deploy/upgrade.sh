#!/bin/sh
# upgrade.sh VERSION: prepares a version (a tag or branch) in a folder of its own while the present
# one serves, then switches, in seconds. Whatever fails before the switch changes nothing.
#
# Run it as root, which does all but the restart as the user who owns the checkout; or as that user,
# with a line in /etc/sudoers.d/shoptalk that lets them restart the service and nothing else:
#   shoptalk ALL=(root) NOPASSWD: /usr/bin/systemctl restart shoptalk
#
#   $SHOPTALK_ROOT/releases/VERSION   the checkouts (/srv/shoptalk)
#   $SHOPTALK_ROOT/current            a link to the one that runs
#   $SHOPTALK_SHOP                    the shop.yml of the shop
#   $SHOPTALK_RESTART                 how the service is restarted
#
# Commits of your own in the present checkout (intents, actions, answers) are put onto the version.
set -eu
stop() { printf '%s\n' "$@" >&2; exit 1; }
version=${1:?"say which version: upgrade.sh v0.3.0"}
root=${SHOPTALK_ROOT:-/srv/shoptalk}
: "${SHOPTALK_SHOP:?"names the shop.yml of the shop"}"
[ -d "$root/current/" ] || stop "$root/current leads to no checkout: docs/deploying.md has how it begins."
cd "$root"
next=$root/releases/$version
before=$(readlink -f "$root/current")
backup=$(dirname "$SHOPTALK_SHOP")/before-$version.tar
owner=$(stat -c %U "$before")
me=$(id -un)

# Who does it: the owner of the checkout, and of all that is made.
as_owner() { "$@"; }
restart=${SHOPTALK_RESTART:-"sudo -n systemctl restart shoptalk"}
if [ "$(id -u)" = 0 ]; then
    restart=${SHOPTALK_RESTART:-"systemctl restart shoptalk"}
    if [ "$owner" != "$me" ]; then
        home=$(getent passwd "$owner" | cut -d: -f6)
        as_owner() { runuser -u "$owner" -- env HOME="$home" "$@"; }
    fi
elif [ "$owner" != "$me" ]; then
    stop "$before belongs to $owner: run this as $owner, or as root."
fi

# May it be restarted at all?
command -v "${restart%% *}" >/dev/null || stop "There is no ${restart%% *} here, which is to restart the service: set SHOPTALK_RESTART."
case $restart in
"sudo -n "*)
    # shellcheck disable=SC2086 # a command and its arguments
    sudo -n -l ${restart#sudo -n } >/dev/null 2>&1 || stop \
        "$me may not restart the service (${restart#sudo -n }), so nothing was begun. As root run this again," \
        "or put this line into /etc/sudoers.d/shoptalk:" \
        "$me ALL=(root) NOPASSWD: $(command -v systemctl || echo /usr/bin/systemctl) restart shoptalk"
    ;;
esac

changed=$(as_owner git -C "$before" status --porcelain)
[ -z "$changed" ] || stop "In $before are changes that aren't committed:" "$changed" \
    "Commit them there (git add -A; git commit), and they are taken along; or take them away."

mend="In $next your own commits don't fit $version. Mend the files that git -C $next status names,
\`git add\` them, then \`git am --continue\` there, and run this again. $before still serves."
if [ -e "$next/.git/own-commits-wait" ]; then
    [ ! -e "$next/.git/rebase-apply" ] || stop "$mend"
elif [ -e "$next" ]; then
    stop "$next is there already: take it away, or name another version."
fi
unswitched() {
    [ -e "$next/.git/own-commits-wait" ] || as_owner rm -rf "$next" # what somebody mended stays
    echo "Nothing was switched: $before still serves." >&2
}
trap '[ $? -eq 0 ] || unswitched' EXIT

if [ ! -e "$next" ]; then
    as_owner git clone --quiet --branch "$version" "$(as_owner git -C "$before" remote get-url origin)" "$next"
    own=$next/.git/own-commits
    # shellcheck disable=SC2016 # the inner shell's own words
    as_owner sh -c 'git -C "$1" format-patch --stdout HEAD --not --remotes --tags > "$2"' sh "$before" "$own"
    if [ -s "$own" ]; then
        as_owner env GIT_COMMITTER_NAME="$owner" GIT_COMMITTER_EMAIL="$owner@localhost" \
            git -C "$next" am --quiet --3way "$own" || {
            as_owner touch "$next/.git/own-commits-wait"
            trap - EXIT
            stop "$mend"
        }
    fi
fi
as_owner make -C "$next" install
as_owner env -C "$next" .venv/bin/shoptalk train
as_owner env -C "$before" .venv/bin/shoptalk backup "$backup"
as_owner rm -f "$next/.git/own-commits-wait"
trap - EXIT

as_owner ln -s "$next" "$root/.next"
as_owner mv -T "$root/.next" "$root/current"
$restart || {
    as_owner ln -s "$before" "$root/.next"
    as_owner mv -T "$root/.next" "$root/current"
    stop "\`$restart\` failed, so $root/current leads to $before again. $next is ready: take it away to try again."
}
echo "$version is started. To go back: stop it, ln -sfn $before $root/current,"
echo "shoptalk restore $backup, and start it again. docs/backup.md says what that costs."
