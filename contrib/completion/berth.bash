# SPDX-License-Identifier: Apache-2.0
# bash completion for berth(1)

_berth_commands="convert create delete features kill list lxc-hook lxc-net plan run spec start state validate version"
_berth_globals="--root --log --log-format --log-level --debug --cgroup-manager --systemd-cgroup --rootless --version --help"

# The options of one command.
_berth_options() {
        local create="--bundle --config --console-socket --pid-file --pidfd-socket --preserve-fds --no-pivot --no-new-keyring --strict"

        case $1 in
        create) echo "$create --timing --no-subreaper --help" ;;
        run) echo "$create --timing --detach --keep --no-subreaper --help" ;;
        plan) echo "$create --format --help" ;;
        convert)
                echo "--output --name --era --system --app --execute --portable --strict --force --overwrite --report --report-format" \
                        "--quiet --lxcpath --helper --legacy-cgroups --to-lxc --list-keys --help"
                ;;
        validate) echo "--bundle --config --strict --help" ;;
        kill) echo "--all --regex --help" ;;
        delete) echo "--force --regex --help" ;;
        list) echo "--format --quiet --help" ;;
        lxc-hook) echo "--type --section --hook-version --era --name --config --rootfs-path --rootfs-mount --help" ;;
        lxc-net) echo "--config --help" ;;
        spec) echo "--bundle --file --rootless --help" ;;
        features | start | state | version) echo "--help" ;;
        esac
}

# Completes the value of option $1 of command $2; fails when it takes none.
_berth_value() {
        case $1 in
        --root | --bundle | -b | --output | -o | --lxcpath | -P) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
        --log | --report | --helper | --config | --console-socket | --pid-file | --pidfd-socket | --file | --rootfs-path | --rootfs-mount) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
        --log-format | --report-format) mapfile -t COMPREPLY < <(compgen -W "text json" -- "$cur") ;;
        --log-level) mapfile -t COMPREPLY < <(compgen -W "error warning info debug" -- "$cur") ;;
        --cgroup-manager) mapfile -t COMPREPLY < <(compgen -W "cgroupfs systemd disabled" -- "$cur") ;;
        --rootless) [ "$2" != spec ] && mapfile -t COMPREPLY < <(compgen -W "true false auto" -- "$cur") ;;
        --format)
                if [ "$2" = list ]; then
                        mapfile -t COMPREPLY < <(compgen -W "table json" -- "$cur")
                else
                        mapfile -t COMPREPLY < <(compgen -W "text json" -- "$cur")
                fi
                ;;
        --type) mapfile -t COMPREPLY < <(compgen -W "pre-start pre-mount mount autodev start-host start stop post-stop" -- "$cur") ;;
        --section) mapfile -t COMPREPLY < <(compgen -W "lxc net" -- "$cur") ;;
        --hook-version) mapfile -t COMPREPLY < <(compgen -W "0 1" -- "$cur") ;;
        --preserve-fds | --name | -n | --era) COMPREPLY=() ;;
        -f) [ "$2" != delete ] && [ "$2" != convert ] && mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
        *) return 1 ;;
        esac
}

_berth() {
        local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command="" root=() i
        COMPREPLY=()

        for ((i = 1; i < COMP_CWORD; i++)); do
                case ${COMP_WORDS[i]} in
                --root)
                        root=(--root "${COMP_WORDS[i + 1]}")
                        i=$((i + 1))
                        ;;
                --log | --log-format | --log-level | --cgroup-manager) i=$((i + 1)) ;;
                -*) ;;
                *)
                        command=${COMP_WORDS[i]}
                        break
                        ;;
                esac
        done
        _berth_value "$prev" "$command" && return
        if [ -z "$command" ]; then
                mapfile -t COMPREPLY < <(compgen -W "$_berth_commands $_berth_globals" -- "$cur")
        elif [[ $cur == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W "$(_berth_options "$command")" -- "$cur")
        elif [ "$command" = convert ]; then
                mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        elif [ "$command" = lxc-net ]; then
                mapfile -t COMPREPLY < <(compgen -W "up down" -- "$cur")
        elif [[ " delete kill start state " == *" $command "* ]]; then
                mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" "${root[@]}" list --quiet 2>/dev/null)" -- "$cur")
        fi
}
complete -F _berth berth
