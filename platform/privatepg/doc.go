// Package privatepg starts and stops a PostgreSQL server of our own, from the
// machine's own binaries, with everything in one folder. `sfctl dev`, the demo and
// the tests stand on it.
//
// The folder holds:
//
//	pgdata/          the cluster; its owner is who the server runs as
//	postgresql.conf  the settings, written anew at every start
//	password         of the superuser postgres, readable by its owner only
//	port             the last port, taken again where it is still free
//	postgres.log     the server's log; the one before it is postgres.log.1
//	lock             held while a process runs the server; names that process
//
// The server listens on 127.0.0.1 only, with a password, and on no Unix socket.
// Started by root, it runs as an unprivileged user, because PostgreSQL refuses to
// run as root.
//
// The server has a process group of its own, so that a terminal's Ctrl-C reaches
// the program alone, which then stops the server in order. When the program is
// killed, Linux asks the server to shut down (a parent-death signal); where it is
// still there at the next Start, on any system, it is stopped and started anew.
//
// Linux and macOS only: it rests on flock, signals and Unix users.
package privatepg
