package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// connectTimeout bounds how long a connection takes to be made.
const connectTimeout = 5 * time.Second

// errOtherWay says that a pooler stands between us and the server, or that none does
// any more, where the opposite was believed: the connection is made once more, the
// right way.
var errOtherWay = errors.New("the way to the server is another one than was believed")

// errStandby says that a server takes no writes.
var errStandby = errors.New("the server is a standby, which takes no writes; expected the primary (target_session_attrs=read-write is the default)")

// way is how connections of one address come to the server: by themselves, or through
// a pooler that gives each transaction to another session.
type way struct {
	pooler atomic.Bool
	// found is told that a pooler was found; it may be called several times.
	found func()
	// anyServer says that the address itself says what servers it wants.
	anyServer bool
}

// newWay returns the way of an address.
func newWay(url string) *way {
	own := strings.Contains(url, "target_session_attrs") || os.Getenv("PGTARGETSESSIONATTRS") != ""
	return &way{anyServer: own, found: func() {}}
}

// prepare makes a configuration connect by the way: each connection finds out whom it
// reached, and is pinned.
func (w *way) prepare(cc *pgx.ConnConfig) {
	pooler := w.pooler.Load()
	// Behind a pooler the next transaction may meet a session that knows nothing of the
	// statements that were prepared in this one. What they take and give stays true.
	if pooler && cc.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement {
		cc.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	wanted := cc.ValidateConnect
	cc.ValidateConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		if wanted != nil {
			if err := wanted(ctx, conn); err != nil {
				return err
			}
		}
		return w.arrive(ctx, conn, pooler)
	}
}

// arriveSQL asks for nothing that another schema could answer.
var arriveSQL = "select pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery(), " + unsafeSQL

// arrive looks whom a new connection has reached. A pooler gives out process numbers of
// its own making. A session that is ours alone is pinned.
func (w *way) arrive(ctx context.Context, conn *pgconn.PgConn, believed bool) error {
	answers, err := conn.Exec(ctx, arriveSQL).ReadAll()
	if err != nil {
		return fmt.Errorf("ask whom the connection reached: %w", err)
	}
	if len(answers) != 1 || len(answers[0].Rows) != 1 {
		return errors.New("ask whom the connection reached: no answer")
	}
	row := answers[0].Rows[0]
	if string(row[1]) == "t" && !w.anyServer {
		return errStandby
	}
	if string(row[2]) == "t" {
		return refuseUnsafe(ctx, conn)
	}
	pooler := string(row[0]) != strconv.FormatUint(uint64(conn.PID()), 10)
	if pooler {
		w.found()
	}
	if pooler != believed {
		w.pooler.Store(pooler)
		return errOtherWay
	}
	if pooler {
		conn.CustomData()[sharedKey] = true
		return nil // every transaction is pinned by itself
	}
	if _, err := conn.Exec(ctx, pinSession(majorVersion(conn))).ReadAll(); err != nil {
		return fmt.Errorf("pin the session: %w", err)
	}
	return nil
}

// sharedKey marks a connection whose transactions meet sessions that others use too.
const sharedKey = "streamflow.shared"

func shared(conn *pgconn.PgConn) bool { return conn.CustomData()[sharedKey] == true }

// Shared says whether a connection goes through a pooler: it has no session of its own.
func Shared(conn *pgx.Conn) bool { return shared(conn.PgConn()) }
