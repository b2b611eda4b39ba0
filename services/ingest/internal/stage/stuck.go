package stage

import (
	"context"
	"time"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/ingest/internal/source"
)

const (
	// lookEvery is how often it is looked whether the file system still answers.
	lookEvery = 250 * time.Millisecond
	// unwanted is how long a call of the file system is waited for that nobody wants the
	// answer of any more.
	unwanted = 5 * time.Second
)

// attend does some work that reads from a file system, until one of its calls has not
// been answered for the limit: no context ends such a call, as that of a network mount
// whose server is gone, and whoever asked is told rather than kept. The work is left where it stands;
// its context has ended, so that it does nothing any more once it is answered.
func attend[T any](ctx context.Context, w *source.Watch, limit time.Duration, work func(context.Context) (T, error)) (T, error) {
	ctx, abandon := context.WithCancel(ctx)
	defer abandon()
	type outcome struct {
		done T
		err  error
	}
	ended := make(chan outcome, 1) // which takes what comes of the work after it was left
	go func() {
		done, err := work(ctx)
		ended <- outcome{done, err}
	}()
	look := time.NewTicker(min(lookEvery, limit))
	defer look.Stop()
	for {
		select {
		case o := <-ended:
			return o.done, o.err
		case <-look.C:
		}
		what, waited := w.Longest()
		var none T
		switch {
		case waited > limit:
			return none, problem.New(problem.SourceStuck, "expected %s to be read, found that its file system has not answered for %s: "+
				"see to the mount that it lies on, and start a new run", what, limit).With("file", what)
		case ctx.Err() != nil && waited > unwanted:
			return none, context.Cause(ctx)
		}
	}
}
