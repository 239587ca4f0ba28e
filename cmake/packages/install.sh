#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs the Debian packages that the named lists ask for, and only those that are missing.
#
#   cmake/packages/install.sh [--check] LIST... [--optional LIST...]
#
# LIST is build, test or oracle: debian-LIST.txt beside this file. What follows --optional is
# installed where that is possible and otherwise said and left out. --check installs nothing.
#
# When nothing is missing this takes a fraction of a second and needs neither network nor
# permission. Exit status: 0 all that is required is there, 1 something is missing, 2 usage.
# Word splitting of package names is wanted throughout: they have no blanks.
# shellcheck disable=SC2086
set -eu

here=$(cd "$(dirname "$0")" && pwd)

say() { printf '%s\n' "$*" >&2; }

usage() {
    say "usage: install.sh [--check] LIST... [--optional LIST...]   LIST: build, test, oracle"
    exit 2
}

check_only=no
kind=required
required=
optional=
for argument in "$@"; do
    case $argument in
    --check) check_only=yes && continue ;;
    --optional) kind=optional && continue ;;
    -*) usage ;;
    esac
    list=$here/debian-$argument.txt
    if [ ! -f "$list" ]; then
        say "install.sh: no such list: $list"
        usage
    fi
    names=$(sed 's/#.*//' "$list" | tr -s ' \t\n' ' ')
    if [ $kind = required ]; then required="$required$names"; else optional="$optional$names"; fi
done
[ -n "$required$optional" ] || usage

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    say "This is not a Debian system: packages cannot be installed here automatically."
    say "What is needed, by its Debian names:$required"
    say "Going on; CMake will name the first one that it does not find."
    exit 0
fi

# Those of "$@" that dpkg does not know as installed, on one line.
absent() {
    [ $# -gt 0 ] || return 0
    # dpkg-query fails when one name is unknown to it, and still answers for the others.
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
        sed -n 's/^installed //p') || true
    for package in "$@"; do
        printf '%s\n' "$installed" | grep -qxF -- "$package" || printf '%s ' "$package"
    done
}

# Those of "$@" of which apt knows no installable version, on one line.
unknown() {
    [ $# -gt 0 ] || return 0
    candidates=$(apt-cache policy "$@" 2>/dev/null | awk '
        /^[^ ].*:$/ { name = substr($0, 1, length($0) - 1) }
        /^  Candidate:/ && $2 != "(none)" { print name }')
    for package in "$@"; do
        printf '%s\n' "$candidates" | grep -qxF -- "$package" || printf '%s ' "$package"
    done
}

# Ends the script when the required packages are not all there; otherwise says what goes without.
finish() {
    missing=$(absent $required)
    if [ -n "$missing" ]; then
        say "Still missing: $missing"
        say "To install by hand, as root: apt-get install --no-install-recommends $missing"
        exit 1
    fi
    missing=$(absent $optional)
    if [ -n "$missing" ]; then say "Going on without: $missing"; fi
    exit 0
}

missing=$(absent $required $optional)
[ -n "$missing" ] || exit 0
say "Debian packages missing: $missing"
if [ $check_only = yes ]; then finish; fi

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    say "Installing them with sudo; it may ask for your password."
    as_root=sudo
else
    say "They cannot be installed: this user is not root and may not use sudo."
    say "Ask whoever administers this machine."
    finish
fi

apt() {
    # Another installation may hold apt's lock, often so just after a machine has started.
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" >&2
}

say "Fetching the package index ..."
if ! apt -o APT::Update::Error-Mode=any update; then
    say "The package index could not be fetched in full (no network?); going on with what is here."
fi
strange=$(unknown $missing)
if [ -n "$strange" ]; then
    say "The archives that this machine uses do not have: $strange"
    say "mirti is built and tested on Debian 12 (bookworm); see /etc/apt/sources.list and the network."
    needed=$(absent $required)
    [ -z "$(unknown $needed)" ] || finish
    for package in $strange; do
        missing=$(printf '%s\n' $missing | grep -vxF -- "$package" | tr '\n' ' ')
    done
fi
if [ -n "$missing" ] && ! apt install -y --no-install-recommends $missing; then
    say "apt-get could not install the packages; its own words are above."
fi
finish
