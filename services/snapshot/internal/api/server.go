// Package api answers the RPCs of the snapshot service, one file per RPC: it checks
// what the declared rules cannot, calls the domain, and says the answer in messages.
package api

import (
	"github.com/jackc/pgx/v5/pgxpool"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/stamp"
)

// Server answers the RPCs.
type Server struct {
	snapshotv1.UnimplementedSnapshotServiceServer
	pool    *pgxpool.Pool
	stamper *stamp.Stamper
}

// New returns a server that reads the catalog from the pool and leaves the steps of a
// run to the stamper.
func New(pool *pgxpool.Pool, s *stamp.Stamper) *Server {
	return &Server{pool: pool, stamper: s}
}
