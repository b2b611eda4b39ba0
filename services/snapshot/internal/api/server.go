// Package api answers the RPCs of the snapshot service, one file per RPC: it checks
// what the declared rules cannot, calls the domain, and says the answer in messages.
package api

import (
	"github.com/streamflow/streamflow/dataset"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/difference"
	"github.com/streamflow/streamflow/services/snapshot/internal/erase"
	"github.com/streamflow/streamflow/services/snapshot/internal/restore"
	"github.com/streamflow/streamflow/services/snapshot/internal/retain"
	"github.com/streamflow/streamflow/services/snapshot/internal/stamp"
	"github.com/streamflow/streamflow/services/snapshot/internal/trainingset"
	"github.com/streamflow/streamflow/services/snapshot/internal/verify"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/postgres"
)

// Server answers the RPCs.
type Server struct {
	snapshotv1.UnimplementedSnapshotServiceServer
	pool     *postgres.Pool
	stamper  *stamp.Stamper
	trainer  *trainingset.Trainer
	restorer *restore.Restorer
	retainer *retain.Retainer
	verifier *verify.Verifier
	differ   *difference.Differ
	eraser   *erase.Eraser
	linted   dataset.Linted
	keys     *personal.Keys
}

// New returns a server that reads the catalog from the pool and leaves the steps of a
// run to the stamper and the retainer. The keys make what is shown in place of personal
// values.
func New(pool *postgres.Pool, s *stamp.Stamper, r *retain.Retainer, keys *personal.Keys) *Server {
	return &Server{
		pool: pool, keys: keys, stamper: s, retainer: r, trainer: trainingset.New(pool), restorer: restore.New(pool),
		verifier: verify.New(pool), differ: difference.New(pool, keys), eraser: erase.New(pool, s),
	}
}
