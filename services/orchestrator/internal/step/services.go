// Package step does the steps of a run by calling the services that own the work. A
// step takes nothing but the run and its dataset: what an earlier step or run made is
// read back from who keeps it, so that whoever takes a run over can go on.
package step

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// Services are the connections to the services that do the steps.
type Services struct {
	ingest   ingestv1.IngestServiceClient
	quality  qualityv1.QualityServiceClient
	snapshot snapshotv1.SnapshotServiceClient
	conns    []*grpc.ClientConn
}

// Dial returns connections that come about once they are needed. by gives options of the
// connection to a service, as in ingest; nil where there are none.
func Dial(ingest, quality, snapshot string, by func(service string) []grpc.DialOption) (*Services, error) {
	s := &Services{}
	for _, to := range []struct{ service, address string }{{"ingest", ingest}, {"quality", quality}, {"snapshot", snapshot}} {
		opts := grpcserver.Named(to.service, to.address)
		if by != nil {
			opts = append(opts, by(to.service)...)
		}
		conn, err := grpcserver.Dial(to.address, opts...)
		if err != nil {
			s.Close()
			return nil, err
		}
		s.conns = append(s.conns, conn)
	}
	s.ingest = ingestv1.NewIngestServiceClient(s.conns[0])
	s.quality = qualityv1.NewQualityServiceClient(s.conns[1])
	s.snapshot = snapshotv1.NewSnapshotServiceClient(s.conns[2])
	return s, nil
}

// Close closes the connections.
func (s *Services) Close() {
	for _, c := range s.conns {
		_ = c.Close() // nothing is under way any more
	}
}

// Task is what a step is done for.
type Task struct {
	Run     *run.Run
	Dataset *datasetv1.Dataset
	// Marks are by what rows of tables say that they are deleted, which are delivered whole in
	// the place of what changed in them.
	Marks []*ingestv1.DeletionMark
	// Fence is the one that the worker holds.
	Fence fence.Fence
	// ValidationOf returns the validation by which the run of an earlier batch of the
	// dataset went; empty where it went by none.
	ValidationOf func(ctx context.Context, batch string) (string, error)
	// EraseKeys returns the keys that a run is to erase. EraseFromRuns takes them out of what
	// was found in earlier runs, or only counts.
	EraseKeys     func(ctx context.Context, run string) ([]*stepv1.EraseKey, error)
	EraseFromRuns func(ctx context.Context, run string, d *datasetv1.Dataset, keys relation.Relation, look bool) (int64, error)
	// Progress hears how far the step has come; it may be called from several goroutines.
	Progress func(*stepv1.Progress)
}

func (t Task) context() *stepv1.StepContext {
	return &stepv1.StepContext{
		Run:         t.Run.ID,
		Fence:       t.Fence.Proto(),
		RequestedBy: t.Run.RequestedBy,
		Accepted:    t.Run.Accepted,
		Supersede:   t.Run.Corrects(),
		Reason:      t.Run.SupersedeReason,
		Plan:        t.Run.Mode == run.Plan,
	}
}

// snapshots says whether the dataset keeps history of the run's as_of; of an erase, which has
// none, of any.
func (t Task) snapshots() bool {
	return slices.ContainsFunc(t.Dataset.GetSnapshots(), func(s *datasetv1.Snapshot) bool {
		return t.Run.Mode.Erases() || dataset.Collected(dataset.TableByName(t.Dataset, s.GetFrom()), t.Run.AsOf)
	})
}

// Do does one step. An error is a fault of the call: package fault tells which;
// a verdict on the data is an outcome.
func (s *Services) Do(ctx context.Context, k run.Kind, t Task) (run.Outcome, error) {
	switch k {
	case run.Stage:
		return s.stage(ctx, t)
	case run.Restore:
		return s.restore(ctx, t)
	case run.Validate:
		if t.Run.Mode == run.Rollback {
			return s.report(ctx, t)
		}
		return s.validate(ctx, t)
	case run.Publish:
		return s.publish(ctx, t)
	case run.Stamp:
		return s.stamp(ctx, t)
	case run.PlanChanges:
		return s.plan(ctx, t)
	case run.Retain:
		return s.retain(ctx, t)
	case run.Find:
		return s.find(ctx, t)
	case run.EraseRows:
		return s.erase(ctx, t)
	default:
		return run.Outcome{}, fmt.Errorf("step %q is not known", k)
	}
}

// progressing is what every message of a step's stream is.
type progressing interface{ GetProgress() *stepv1.Progress }

// last reads a step's stream to the result, which get takes out of the last message;
// the others are progress. A stream that ends before its result was cut off.
func last[M, R any](stream grpc.ServerStreamingClient[M], err error, hear func(*stepv1.Progress), get func(*M) *R) (*R, error) {
	if err != nil {
		return nil, err
	}
	var got *R
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if p, ok := any(m).(progressing); ok && p.GetProgress() != nil {
			hear(p.GetProgress())
		}
		if r := get(m); r != nil {
			got = r
		}
	}
	if got == nil {
		return nil, problem.New(problem.ServiceUnavailable, "expected a result at the end of the stream, found none: the call was cut off")
	}
	return got, nil
}
