// Package devsuite runs the whole of StreamFlow in one process: the five services,
// each on a loopback port of its own and talking to the others over gRPC as they do
// elsewhere, on a private PostgreSQL whose data lies in one folder. `sfctl dev` and
// the tests across services stand on it.
//
// The data folder holds:
//
//	postgres/        the private PostgreSQL, as package privatepg lays it out
//	passwords.json   of the services' roles, readable by the user only
//	pgpass           the same for psql (https://www.postgresql.org/docs/current/libpq-pgpass.html)
//	access/          for its owner alone: token, that of who started the suite, as the header
//	                 that sends it; gateway.json, the addresses that it is for
//
// What is in the folder is all there is: a second start goes on with it, also after
// the process was killed.
package devsuite
