# Runs one PostgreSQL for the process that holds the other end of stdin, and leaves nothing behind when that is gone.
# Arguments: the folder of the binaries, the folder of the cluster, then the server's own.
# Orders, one a line: `kill`, `start`. Each is answered by `done`; a failure by the end of the log.

bin=$1 dir=$2 pid=
shift 2
exec 2>>"$dir/log"

# INT is the fast shutdown, which waits for nobody.
trap 'if [ "$pid" ]; then kill -INT "$pid"; wait "$pid"; fi; rm -rf "$dir"' EXIT
# PIPE comes if the tests die while they wait for an answer.
trap 'exit 1' HUP INT TERM PIPE

give_up() {
    echo "$1"
    tail -n 30 "$dir/log"
    exit 1
}

# The server writes its own state into the file; an older server's file has another first line.
is_ready() {
    grep -qsx "$pid" "$dir/data/postmaster.pid" && grep -qs '^ready' "$dir/data/postmaster.pid"
}

# After a kill the last processes of the old server may hold its memory for a moment: then try again.
start() {
    attempts=50
    while [ "$attempts" -gt 0 ]; do
        "$bin/postgres" -D "$dir/data" "$@" </dev/null >>"$dir/log" 2>&1 &
        pid=$!
        while kill -0 "$pid"; do
            if is_ready; then return; fi
            sleep 0.02
        done
        attempts=$((attempts - 1))
    done
    pid=
    give_up 'the server ends instead of starting'
}

# The server's processes die with it sooner or later; a power cut takes them all at once.
kill_all() {
    kill -9 "$pid" $(cat "/proc/$pid/task/$pid/children")
    wait "$pid"
    pid=
}

"$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >>"$dir/log" ||
    give_up 'initdb failed'
start "$@"
echo 'done'
while read -r order; do
    case $order in
    kill) kill_all ;;
    start) start "$@" ;;
    *) give_up "unknown order: $order" ;;
    esac
    echo 'done'
done
