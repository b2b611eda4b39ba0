package devsuite

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"time"
)

// Default addresses: the gateway's are known to users, the other services' are not.
const (
	DefaultGRPCListen = "127.0.0.1:7100"
	DefaultHTTPListen = "127.0.0.1:8080"
)

// Whom the gateway lets in: who has a token, or whoever reaches it.
const (
	AuthTokens = "tokens"
	AuthNone   = "none"
)

// Config says where a suite's data lies and where it listens.
type Config struct {
	// DataDir holds everything that outlives the process; it is created. It may be
	// empty where DatabaseURL is given.
	DataDir string
	// PostgresBin is the folder of PostgreSQL's binaries; empty: they are looked for.
	PostgresBin string
	// SourceRoots are the folders that files may come from.
	SourceRoots []string
	// DataSchemas are the schemas in which datasets may make their tables; they are
	// created. Default: public, where the built-in dataset's are.
	DataSchemas []string
	// GRPCListen and HTTPListen are the gateway's addresses; port 0 takes any.
	// Default: DefaultGRPCListen and DefaultHTTPListen.
	GRPCListen, HTTPListen string
	// AllowedHosts are the names that the page and REST are answered under, beside
	// localhost.
	AllowedHosts []string
	// Auth is AuthTokens, where everybody is asked for a token, or AuthNone. Default:
	// AuthTokens.
	Auth string
	// TLS has both of the gateway's ports speak TLS, by a CA that is made on the spot (CAFile).
	TLS bool
	// IssuersFile says which OpenID issuers' tokens are taken beside those of the suite, and
	// GrantsFile what some of those may do whom they tell of. Empty: none.
	IssuersFile, GrantsFile string
	// User is who the token in the data folder belongs to. Default: dev.
	User string
	// Log hears of everything; nil: nobody does.
	Log *slog.Logger
	// DatabaseURL connects as the owner of an existing database, as
	// postgres://user:password@host:port/database, instead of a private server.
	DatabaseURL string
	// SharedRoles says that the roles of the server of DatabaseURL serve other databases
	// as well, with the passwords that DataDir holds.
	SharedRoles bool
	// Lease and Heartbeat are the orchestrator's; 0 for its defaults. Tests that kill
	// shorten them.
	Lease, Heartbeat time.Duration
	// Fast gives up durability of the private server for speed. For tests.
	Fast bool
}

func (c Config) withDefaults() (Config, error) {
	if c.GRPCListen == "" {
		c.GRPCListen = DefaultGRPCListen
	}
	if c.HTTPListen == "" {
		c.HTTPListen = DefaultHTTPListen
	}
	c.Auth, c.User = cmp.Or(c.Auth, AuthTokens), cmp.Or(c.User, "dev")
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.DataDir == "" {
		if c.DatabaseURL == "" {
			return c, errors.New("start the suite: a data folder or the URL of a database is needed")
		}
		return c, nil
	}
	dir, err := filepath.Abs(c.DataDir)
	if err != nil {
		return c, err
	}
	c.DataDir = dir
	if err := ourFolder(dir); err != nil {
		return c, err
	}
	return c, above(dir, c.Log)
}

// checkAddresses tries to listen at all of the addresses at once, so that one that is
// taken or cannot be is told before PostgreSQL is set up.
func checkAddresses(ctx context.Context, addresses ...string) error {
	var lc net.ListenConfig
	for _, address := range addresses {
		lis, err := lc.Listen(ctx, "tcp", address)
		if err != nil {
			return err
		}
		defer func() { _ = lis.Close() }()
	}
	return nil
}
