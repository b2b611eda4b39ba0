package postgres

import (
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// withoutAddress is what an error says, without where the server is and as whom a service
// speaks to it: callers are told, and those are for who runs the suite. The error itself,
// which has them, is for the service's log.
func withoutAddress(err error) string {
	said := err.Error()
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		no := "no connection was to be had"
		if code := Code(connect); code != "" {
			no += " (SQLSTATE " + code + ")"
		}
		return strings.ReplaceAll(said, connect.Error(), no)
	}
	var op *net.OpError
	if errors.As(err, &op) {
		why := op.Err.Error()
		var dns *net.DNSError
		if errors.As(op, &dns) {
			why = dns.Err
		}
		return strings.ReplaceAll(said, op.Error(), op.Op+": "+why)
	}
	return said
}
