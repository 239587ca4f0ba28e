# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# What the checks share. Each is called as `tests/check/NAME [ROOT]`, prints what it finds to standard
# error, and ends with 0 (clean), 1 (findings) or 77 (its tool is not here: skipped).

root=${root:?set by whoever sources this file}
findings=0
complain() {
    printf '%s\n' "$*" >&2
    findings=$((findings + 1))
}

# The project's own files below $root, one per line, relative to it: what git tracks or would track,
# or, in an unpacked archive, everything but what a build leaves.
project_files() {
    if git -C "$root" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git -C "$root" ls-files --cached --others --exclude-standard | while read -r file; do
            if [ -f "$root/$file" ]; then printf '%s\n' "$file"; fi
        done
    else
        (cd "$root" && find . -type f -not -path './build/*' -not -path './out/*' -not -path './.git/*') |
            sed 's,^\./,,'
    fi | sort
}

# The scripts among them: by their first line.
project_scripts() {
    local file first
    project_files | while read -r file; do
        case $file in
        tests/cli/*/*.sh) printf '%s\n' "$file" && continue ;;
        *.md | *.csv | *.gpkg | *.shp | *.dbf | *.[ch]) continue ;;
        esac
        IFS= read -r -d '' -n 200 first <"$root/$file" || true # a file may be shorter
        if [[ $first =~ ^\#!(/usr)?/bin/(env\ )?(ba|da)?sh || $first == *'# shellcheck shell='* ]]; then
            printf '%s\n' "$file"
        fi
    done
}

skip() {
    echo "SKIP: $*"
    exit 77
}

# conclude WORDS: the last line of a check that found nothing.
conclude() {
    if [ $findings -gt 0 ]; then
        echo "$findings finding(s)" >&2
        exit 1
    fi
    echo "$*"
    exit 0
}
