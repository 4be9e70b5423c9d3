# SPDX-License-Identifier: Apache-2.0
# bash completion for tandemctl: the program itself knows its commands, options and connectors
_tandemctl() {
	mapfile -t COMPREPLY < <(tandemctl complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _tandemctl tandemctl
