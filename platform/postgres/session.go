package postgres

import (
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// setting is one thing that our SQL relies on.
type setting struct {
	name, value string
	// since is the first major version that knows it.
	since int
}

// pins are what every session of ours relies on, whatever a server, a database, a
// role, a client's environment or a pooler says. This is the one place that sets it;
// docs/decisions/0015-pinned-sessions.md says why.
var pins = slices.Concat(meanings, conduct)

// meanings are the pins by which names and texts mean what we write and read by them.
var meanings = []setting{
	// Nothing but PostgreSQL's own functions, operators and types may answer for ours:
	// elsewhere others may make better matches. pg_temp is searched first unless it is named.
	{name: "search_path", value: "pg_catalog, pg_temp"},
	// A policy on rows would hide some of them without a word; now it is an error.
	{name: "row_security", value: "off"},
	{name: "client_encoding", value: "UTF8"},
	// Dates, times and numbers are text of one form only, because content hashes are
	// made of it; and what we write is read as it is meant.
	{name: "timezone", value: "UTC"},
	{name: "datestyle", value: "ISO, YMD"},
	{name: "intervalstyle", value: "iso_8601"},
	{name: "extra_float_digits", value: "1"},
	{name: "bytea_output", value: "hex"},
	{name: "standard_conforming_strings", value: "on"},
	{name: "array_nulls", value: "on"},
	{name: "transform_null_equals", value: "off"},
	{name: "quote_all_identifiers", value: "off"},
	// Candidates are unlogged, and live and history are updated in place: what else stores
	// tables may take neither.
	{name: "default_table_access_method", value: "heap"},
}

// conduct are the others: how long something may take, and how it is carried out.
var conduct = []setting{
	// A month of many rows takes its time; who waits for what is bounded where it waits.
	{name: "statement_timeout", value: "0"},
	{name: "lock_timeout", value: "0"},
	{name: "idle_session_timeout", value: "0"},
	{name: "transaction_timeout", value: "0", since: 17},
	// A process that is stopped inside a transaction must not hold its locks.
	{name: "idle_in_transaction_session_timeout", value: "5s"},
	// What a statement was given is nobody's business who reads the server's log; what it
	// logs of other statements is a superuser's to say (roles.sql).
	{name: "log_parameter_max_length_on_error", value: "0"},
	// A plan that is compiled just in time costs more than it saves on statements that
	// run once.
	{name: "jit", value: "off"},
}

// sessionPins are for a session and not for a transaction, which says at its beginning
// what it is.
var sessionPins = []setting{
	{name: "default_transaction_isolation", value: "read committed"},
	{name: "default_transaction_read_only", value: "off"},
	{name: "default_transaction_deferrable", value: "off"},
}

// pinSession are the statements that pin a session of a server of a major version.
func pinSession(version int) string {
	return pinned("set ", version, pins) + pinned("set ", version, sessionPins) + durable("false")
}

// beginPinned are the statements that begin a transaction and pin it: a pooler may give
// it to any session, and in ours somebody's trigger may have changed a setting.
func beginPinned(version int, opts pgx.TxOptions) string {
	isolation, access := opts.IsoLevel, opts.AccessMode
	if isolation == "" {
		isolation = pgx.ReadCommitted
	}
	if access == "" {
		access = pgx.ReadWrite
	}
	return "begin isolation level " + string(isolation) + " " + string(access) + "; " + pinned("set local ", version, pins) + durable("true")
}

// durable has what is committed stand on the server's own disk where somebody said that
// it need not: a run that has ended would be lost with the server. Who waits for standbys
// as well goes on waiting.
func durable(local string) string {
	return "select pg_catalog.set_config('synchronous_commit', 'local', " + local + ") where pg_catalog.current_setting('synchronous_commit') = 'off'; "
}

func pinned(verb string, version int, settings []setting) string {
	var b strings.Builder
	for _, s := range settings {
		if version < s.since {
			continue
		}
		value := s.value
		if s.name != "search_path" { // it takes a list of names, not one text
			value = "'" + value + "'"
		}
		b.WriteString(verb + s.name + " = " + value + "; ")
	}
	return b.String()
}

// majorVersion is what the server said of itself when the connection was made, such as
// 15 for 15.4; 0 where it said nothing that is a version.
func majorVersion(conn *pgconn.PgConn) int {
	said := conn.ParameterStatus("server_version")
	end := strings.IndexFunc(said, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(said)
	}
	n, _ := strconv.Atoi(said[:end])
	return n
}
