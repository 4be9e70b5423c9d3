#!/bin/sh
# registry.sh IN OUT MODULE...: writes the table of connector modules
set -eu
in=$1 out=$2
shift 2
declarations='' members=''
for name in "$@"; do
	declarations="${declarations}extern const struct connector_ops ${name}_connector;\\
"
	members="${members}\\&${name}_connector, "
done
sed -e "s/@DECLARATIONS@/$declarations/" -e "s/@MEMBERS@/$members/" "$in" >"$out"
