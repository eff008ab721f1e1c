# Ends what a search has started once the search is gone, however it went: its standard input is a pipe from the search,
# which the system closes for a process that is killed as well. One watcher a search; POSIX sh, since it starts in a
# millisecond and is there without this package.
#
# $1 is the search's mark: whatever the search starts has it among its variables, and so has what that starts in turn,
# in whatever group or session. It is looked for where there is /proc; groups are ended everywhere. Lines of input:
#   + GROUP      a process group to end with the search
#   - GROUP      it is over; the system may give its number to another one
#   kill MARK    kills whatever has this mark: the search is about to go
#   end          there is nothing more to watch

mark=$1
groups=
trap '' HUP INT TERM

# The files of the processes that have a mark, by their number: /proc/1/environ. Busybox reads no line past a NUL.
marked() {
  grep -lszF -e "$1" /proc/[0-9]*/environ
}

# send SIGNAL MARK GROUP... : to what has the mark, and to the groups. Fails when nothing has the mark. Busybox takes no
# -- before a group.
send() {
  signal=$1
  found=$(marked "$2")
  for file in $found; do
    pid=${file#/proc/}
    kill -s "$signal" "${pid%/environ}"
  done 2>/dev/null
  shift 2
  for group; do kill "-$signal" "-$group"; done 2>/dev/null
  [ -n "$found" ]
}

# Kills until nothing is left: what is found may have started more meanwhile.
kill_all() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    send KILL "$@" || return 0
    sleep 0.02
  done
}

# Whether something is left.
left() {
  for group in $groups; do kill -0 "-$group" 2>/dev/null && return 0; done
  [ -n "$(marked "$mark")" ]
}

while read -r verb what; do
  case $verb in
    +) groups="$groups $what" ;;
    -)
      others=
      for group in $groups; do [ "$group" = "$what" ] || others="$others $group"; done
      groups=$others
      ;;
    kill) kill_all "$what" ;;
    end) exit ;;
  esac
done

# The search is gone. What listens to SIGTERM gets a second to tidy up.
# shellcheck disable=SC2086
send TERM "$mark" $groups
for _ in 1 2 3 4 5 6 7 8 9 10; do
  left || exit 0
  sleep 0.1
done
# shellcheck disable=SC2086
kill_all "$mark" $groups
