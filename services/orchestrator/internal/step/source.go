package step

import (
	"context"
	"time"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// sourceLimit bounds the wait for a look at a source, which may lie on another machine's
// disk: somebody waits for their run to be queued.
const sourceLimit = 3 * time.Second

// Unreadable is the error of a source that ingest says no run can read: SOURCE_NOT_ALLOWED,
// SOURCE_NOT_FOUND. It is nil where ingest can, and where it does not say: a run waits for it.
func (s *Services) Unreadable(ctx context.Context, source string) error {
	ctx, cancel := context.WithTimeout(ctx, sourceLimit)
	defer cancel()
	_, err := s.ingest.CheckSource(ctx, &ingestv1.CheckSourceRequest{Source: source})
	if problem.Is(err, problem.SourceNotAllowed) || problem.Is(err, problem.SourceNotFound) {
		return problem.FromError(err).Violate("source", "a run that read it would fail")
	}
	return nil
}
