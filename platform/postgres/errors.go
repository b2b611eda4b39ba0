package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/platform/problem"
)

// SQLSTATE codes and classes that are told apart
// (https://www.postgresql.org/docs/current/errcodes-appendix.html).
const (
	codeDeadlock       = "40P01"
	codeSerialization  = "40001"
	codeLockNotAvail   = "55P03"
	codeIdleInTx       = "25P03"
	codeUndefinedTable = "42P01"
	codeInternal       = "XX000"
	codeReadOnly       = "25006" // a standby that is not promoted yet
	codeDiskFull       = "53100"
	codeOutOfMemory    = "53200" // of the server, or of its table of locks
	codeTooManyConns   = "53300"
	codeSystem         = "58000"
	codeIO             = "58030"
	codeCancelled      = "57014"
	classConnection    = "08"
	classAuthorization = "28"  // a password that was changed on one side
	classOperator      = "57P" // admin shutdown, crash shutdown, cannot connect now
)

// Code returns the SQLSTATE of an error, or nothing.
func Code(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// IsUndefinedTable says whether a relation that a statement of ours names was not there;
// one that a function of the users' own names is another matter.
func IsUndefinedTable(err error) bool {
	_, inside := InFunction(err)
	return Code(err) == codeUndefinedTable && !inside
}

// IsLockTimeout says whether a lock could not be had within lock_timeout.
func IsLockTimeout(err error) bool { return Code(err) == codeLockNotAvail }

// Transient says whether the same transaction may succeed if it is tried again:
// the connection went, the server restarts, takes no writes yet, does not let the role
// in, or lacks memory or room, or two transactions met. What a function of the users' own
// raises is what they mean, whatever code they give it.
func Transient(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	if _, theirs := RaisedInFunction(err); theirs {
		return false
	}
	if code := Code(err); code != "" {
		return passing(code)
	}
	return connectionLost(err)
}

// passing says whether a code is of a fault that may pass by itself.
func passing(code string) bool {
	switch code {
	case codeDeadlock, codeSerialization, codeLockNotAvail, codeIdleInTx, codeReadOnly,
		codeDiskFull, codeOutOfMemory, codeTooManyConns, codeSystem, codeIO:
		return true
	}
	return strings.HasPrefix(code, classConnection) || strings.HasPrefix(code, classOperator) || strings.HasPrefix(code, classAuthorization)
}

func connectionLost(err error) bool {
	var connect *pgconn.ConnectError
	var op *net.OpError
	return errors.As(err, &connect) || errors.As(err, &op) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed")
}

// Problem gives an error from PostgreSQL its reason: DATABASE_UNAVAILABLE where it
// may pass, DATABASE_FULL where room has to be made first, LIVE_TABLE_DIFFERS where a
// function of the users' own did not find what it names, or failed otherwise; else the
// error as it is. An error that has a reason keeps it.
func Problem(err error) error {
	var own *problem.Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	said, theirs := FunctionFailed(err)
	if !theirs {
		said, theirs = RowsHidden(err)
	}
	if theirs {
		return problem.Wrap(err, problem.LiveTableDiffers, "%s; nothing was written", said)
	}
	if !Transient(err) {
		return err
	}
	if Code(err) == codeDiskFull {
		return problem.Wrap(err, problem.DatabaseFull, "the disk of PostgreSQL is full: %v", err)
	}
	if Refused(err) {
		return problem.Wrap(err, problem.DatabaseUnavailable,
			"PostgreSQL does not let the service in: %s; give the service the password that its role has, or the role the service's (migrate does)", withoutAddress(err))
	}
	return problem.Wrap(err, problem.DatabaseUnavailable, "PostgreSQL did not finish the work: %s", withoutAddress(err))
}
