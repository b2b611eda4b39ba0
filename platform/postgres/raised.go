package postgres

import (
	"errors"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/platform/problem"
)

const codePrivilege = "42501"

// ours are functions of the suite, which stand in its own schemas, and blocks of its
// migrations; of functions in SQL an error has the bare name.
var ours = regexp.MustCompile(`^(sf_[a-z]+\.|(inline_code_block|raise_fence|lower_fence|blockers)$)`)

// raise is PostgreSQL's own function in which PL/pgSQL's RAISE becomes an error. The
// server names it in every error, in any language.
const raise = "exec_stmt_raise"

// RaisedInFunction returns the function of the users' own that is why a statement
// failed: that raised the error, whatever its code says of it, or in which one came up
// that is no passing fault of the server. A lock that was not to be had, a server that
// stops or a full disk are nobody's doing, wherever they are met, and neither is a
// statement that somebody cancels.
func RaisedInFunction(err error) (function string, theirs bool) {
	function, inside := InFunction(err)
	if !inside || ours.MatchString(function) {
		return "", false
	}
	switch code := Code(err); {
	case raised(err):
		return function, true
	case strings.HasPrefix(code, classConnection), strings.HasPrefix(code, classAuthorization), code == codeSerialization:
		return function, true // of another server, which the function reaches
	case passing(code), code == codeCancelled:
		return "", false
	default:
		return function, true
	}
}

// FunctionFailed says of an error that a function of the users' own is to blame for what
// PostgreSQL said, which function it is, and how to mend it; false of any other error.
func FunctionFailed(err error) (said string, theirs bool) {
	if advice, lost := LostInFunction(err); lost {
		return err.Error() + "; " + advice, true
	}
	function, theirs := RaisedInFunction(err)
	switch {
	case !theirs:
		return "", false
	case Code(err) == codePrivilege && !raised(err):
		return err.Error() + "; function " + function + ", which stands on a table that is written to, does what the service's role may not: " +
			"grant the role that, or make the function security definer with a search_path of its own", true
	default:
		return err.Error() + "; function " + function + ", which PostgreSQL calls as the rows are written, failed: mend it or the rows, or take it off the table; " +
			"one of an event trigger, which stands on no table, leaves the suite's alone or does not fire (alter event trigger … disable)", true
	}
}

// RefusedMaking gives the reason to an error of a statement that makes a table, in which
// no function of the users' own is called but those of event triggers, and says so. Any
// other error stays as it is.
func RefusedMaking(err error, reason problem.Reason) error {
	function, theirs := RaisedInFunction(err)
	if _, lost := LostInFunction(err); !theirs || lost {
		return err
	}
	return problem.Wrap(err, reason, "%v; function %s belongs to an event trigger, which PostgreSQL calls as tables are made, altered or dropped, and failed: "+
		"mend it, have it leave the tables of the suite alone, or keep it from firing (alter event trigger … disable; "+
		"select evtname from pg_event_trigger tells its name); nothing was written", err, function)
}

// hidden is PostgreSQL's own function that says that policies hide rows of a table, which
// our sessions make an error.
const hidden = "check_enable_rls"

// RowsHidden says of an error that row level security hides rows of a table from the
// service, and what to do; false of any other error.
func RowsHidden(err error) (said string, is bool) {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != codePrivilege || pg.Routine != hidden {
		return "", false
	}
	table := pg.Message[strings.Index(pg.Message, `"`)+1:]
	return err.Error() + "; row level security hides rows of table \"" + table + " from the service's role, which would pass for rows that are gone: " +
		"let the role see all of them (as a superuser, alter role … bypassrls), or alter table … disable row level security, or no force row level security where the role owns it", true
}

// raised says whether PL/pgSQL's RAISE made the error.
func raised(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Routine == raise
}
