package postgres

import (
	"log/slog"
	"net"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// warnOfPlain says where a database on another machine is, or may be, spoken to without
// TLS: whoever is on the way reads every row, and with some patience the password.
func warnOfPlain(log *slog.Logger, cc *pgconn.Config) {
	if log == nil {
		return
	}
	if host := plainHost(cc); host != "" {
		log.Warn("the database is on another machine and may be spoken to without TLS: "+
			"end the database URL with sslmode=verify-full, and sslrootcert where its CA is none of this machine's", "host", host)
	}
}

// plainHost is the first host of another machine that a connection may reach without TLS;
// empty where there is none.
func plainHost(cc *pgconn.Config) string {
	hosts := []*pgconn.FallbackConfig{{Host: cc.Host, TLSConfig: cc.TLSConfig}}
	for _, h := range append(hosts, cc.Fallbacks...) {
		if h.TLSConfig == nil && !here(h.Host) {
			return h.Host
		}
	}
	return ""
}

// here says whether a host is this machine: a socket's folder, or loopback.
func here(host string) bool {
	name := strings.ToLower(host)
	return filepath.IsAbs(host) || strings.HasPrefix(host, "@") || name == "localhost" || net.ParseIP(host).IsLoopback()
}
