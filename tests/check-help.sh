#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --help, the manual page and the shell completion name the same commands and options.  --help is printed from the table in
# src/table.c, so it is what the other two are held to.
set -u
here=$(cd "$(dirname "$0")" && pwd)
berth=${BERTH:-./berth}
man=$here/../docs/berth.1
failed=0

complain() {
        echo "$1"
        failed=1
}

# Long options of a help text on standard input, one a line.
help_options() { grep -oE '^ {2,6}(-[a-zA-Z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u; }

# The manual page as plain options: its section on one command ("" for the global options).
man_section() {
        if [ -n "$1" ]; then
                sed -n "/^\.SS berth $1\( \|$\)/,/^\.S[SH] /p" "$man" | sed '1d;$d'
        else
                sed -n '/^\.SH GLOBAL OPTIONS/,/^\.SH EXIT/p' "$man"
        fi
}
# Options that a section describes (in tagged paragraphs) or says it takes from another command.
man_options() {
        man_section "$1" | sed 's/\\-/-/g' | grep -A1 '^\.TP' | grep -oE -- '--[a-z-]+' | sort -u
}
man_mentions() { man_section "$1" | sed 's/\\-/-/g' | grep -oE -- '--[a-z-]+' | sort -u; }

compare() { # WHAT EXPECTED FOUND
        local difference
        difference=$(diff <(echo "$2") <(echo "$3")) || complain "$1: --help (<) and it (>) differ:
$difference"
}

commands=$("$berth" --help | sed -n '/^Commands:/,/^$/p' | awk 'NF > 1 { print $1 }' | sort)
[ -n "$commands" ] || complain "no commands in '$berth --help'"

# shellcheck source=contrib/completion/berth.bash
. "$here/../contrib/completion/berth.bash"
compare "completion: commands" "$commands" "$(tr ' ' '\n' <<<"$_berth_commands" | sort)"
compare "manual: commands" "$commands" "$(sed -n 's/^\.SS berth \([a-z-]*\).*/\1/p' "$man" | sort)"

globals=$("$berth" --help | help_options)
compare "completion: global options" "$globals" "$(tr ' ' '\n' <<<"$_berth_globals" | sort)"
compare "manual: global options" "$globals" "$(man_options "" | grep -v log-level= | sort -u)"

create=$(man_options create)
for command in $commands; do
        options=$("$berth" "$command" --help | help_options)
        compare "completion: $command" "$options" "$(_berth_options "$command" | tr ' ' '\n' | sort)"
        # What the section says itself, and for those that take create's options, those.
        found=$(man_options "$command")
        case $command in
        run) found=$(sort -u <<<"$create"$'\n'"$found") ;;
        plan) found=$(grep -vxE -- '--timing|--no-subreaper' <<<"$create"$'\n'"$found" | sort -u) ;;
        validate) found=$(man_mentions validate) ;;
        esac
        compare "manual: $command" "$(grep -vx -- --help <<<"$options")" "$(grep -v '^$' <<<"$found")"
        "$berth" "$command" --help | awk -v c="$command" 'length > 80 { print c ": --help is wider than 80 columns: " $0; bad = 1 } END { exit bad }' || failed=1
done

if command -v man >/dev/null; then
        warnings=$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$man" 2>&1 >/dev/null)
        [ -z "$warnings" ] || complain "manual: $warnings"
fi
exit $failed
