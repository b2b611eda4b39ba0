package privatepg

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// startLimit bounds the wait for a server that neither ends nor accepts connections.
// Recovery after a crash replays up to max_wal_size, a minute or two on a slow disk.
const startLimit = 10 * time.Minute

// maxPortTries bounds the ports that a start looks at.
const maxPortTries = 10

// failedStart is a server that ended, or did not come up, at its start.
type failedStart struct {
	log   string
	cause error
}

// Error gives the cause, and the end of what the server wrote to its log.
func (e *failedStart) Error() string {
	return fmt.Sprintf("PostgreSQL did not start (%v); the end of its log:\n%s", e.cause, lastLines(e.log, 10))
}

// Unwrap returns why the start counts as failed.
func (e *failedStart) Unwrap() error { return e.cause }

// startAnywhere starts the server on the folder's last port or, where that is taken,
// on another, also where somebody takes it in between.
func (s *Server) startAnywhere(ctx context.Context) error {
	port, err := choosePort(s.layout)
	for range maxPortTries {
		if err != nil {
			return err
		}
		err = s.startOn(ctx, port)
		if failed := (*failedStart)(nil); !errors.As(err, &failed) || !portTaken.MatchString(failed.log) {
			break
		}
		port, err = freePort()
	}
	if err != nil {
		return err
	}
	return writeFile(s.layout.port(), strconv.Itoa(port)+"\n", 0o644, nil)
}

// startOn starts the server on a port, and tries again where what was left by one that
// was killed is in the way and goes away: its sessions, its file, its half-made tables.
func (s *Server) startOn(ctx context.Context, port int) error {
	again := s.retries()
	for {
		err := s.launchOn(ctx, port)
		failed := (*failedStart)(nil)
		if err == nil || !errors.As(err, &failed) {
			return err
		}
		if err := again.prepare(ctx, failed); err != nil {
			return err
		}
	}
}

func (s *Server) launchOn(ctx context.Context, port int) error {
	log, begin, err := openLog(s.layout)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := s.account.command(s.layout.dir, filepath.Join(s.binaries.dir, "postgres"),
		"-D", s.layout.pgdata(),
		"-c", "config_file="+s.layout.config(),
		"-c", "port="+strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=")
	cmd.Stdout, cmd.Stderr = log, log
	began := time.Now()
	proc, err := launch(cmd)
	if err != nil {
		return err
	}
	s.proc, s.port = proc, port
	if err := s.awaitReady(ctx); err != nil {
		return &failedStart{log: logSince(s.layout, begin), cause: errors.Join(err, proc.kill())}
	}
	s.options.Log.InfoContext(ctx, "PostgreSQL is up", "version", s.binaries.version, "port", port,
		"pid", proc.pid, "data", s.layout.dir, "took", time.Since(began).Round(time.Millisecond))
	return nil
}

// awaitReady waits until the server says in its pid file that it accepts connections,
// which asks nothing of the server, and then makes one.
func (s *Server) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if f, err := readPidFile(s.layout.pgdata()); err == nil && f.pid == s.proc.pid && f.ready {
			break
		}
		select {
		case <-s.proc.done:
			return fmt.Errorf("it ended: %w", s.proc.exit)
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	conn, err := pgconn.Connect(ctx, s.url("postgres", s.port))
	if err != nil {
		return fmt.Errorf("connect to it: %w", err)
	}
	return conn.Close(ctx)
}

// Stop shuts the server down fast (sessions are cut off, everything is written) and
// waits. When the context ends first, the server is stopped at once, its next start
// recovers, and the error says so. It gives the folder free.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.proc.stop(ctx)
	s.options.Log.InfoContext(ctx, "PostgreSQL is stopped", "pid", s.proc.pid)
	return errors.Join(err, s.release())
}

// Kill ends the server as a crash does: SIGKILL to the postmaster and all its
// children. It gives the folder free.
func (s *Server) Kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.proc.kill(), s.release())
}

// Restart starts the server again on the same data and the same port, after Stop,
// Kill or a crash; a server that runs is stopped first.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.proc.stop(ctx); err != nil {
		return err
	}
	if s.lock == nil {
		lock, err := takeLock(s.layout)
		if err != nil {
			return err
		}
		s.lock = lock
	}
	return s.start(ctx)
}

// start starts the server where it ran before, and gives the folder free where it
// does not come up.
func (s *Server) start(ctx context.Context) error {
	err := takeOver(ctx, s.options.Log, s.layout.pgdata())
	if err == nil {
		err = s.startOn(ctx, s.port)
	}
	if err != nil {
		return errors.Join(err, s.release())
	}
	return nil
}

// release gives the folder's lock back.
func (s *Server) release() error {
	if s.lock == nil {
		return nil
	}
	err := giveLock(s.lock)
	s.lock = nil
	return err
}
