package privatepg

import (
	"context"
	"time"

	"github.com/streamflow/streamflow/platform/problem"
)

// A server that ends more than keepTries times in a row, each time sooner than
// keepWorth after its start, has something that another start does not mend.
const (
	keepTries = 5
	keepWorth = time.Minute
)

// Keep starts the server again, on its data and its port, whenever it ends without
// being told to, as where the system ran out of memory and chose it. It returns nil
// when the context ends or after Stop or Kill. A server that does not come up again,
// or that ends again and again, is an error.
func (s *Server) Keep(ctx context.Context) error {
	for ends := 0; ; {
		p := s.process()
		select {
		case <-p.done:
		case <-ctx.Done():
			return nil
		}
		if ends++; time.Since(p.began) > keepWorth {
			ends = 1
		}
		if ends > keepTries {
			return problem.New(problem.PostgresNotStarted,
				"PostgreSQL ended %d times, each time soon after its start, the last time with %v: its log is %s",
				ends, p.exit, s.layout.log())
		}
		again, err := s.startAgain(ctx, p)
		if !again || ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *Server) process() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proc
}

// startAgain starts the server after the process that ended, and says whether there
// is one to keep: not where the folder was given free meanwhile.
func (s *Server) startAgain(ctx context.Context, ended *process) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil {
		return false, nil
	}
	if s.proc != ended {
		return true, nil
	}
	s.options.Log.WarnContext(ctx, "PostgreSQL ended by itself and is started again", "pid", ended.pid, "how", ended.exit)
	return true, s.start(ctx)
}
