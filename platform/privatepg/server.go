package privatepg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// Options say where a server's data lies and how it runs.
type Options struct {
	// Dir is the data folder; it is created.
	Dir string
	// Bin is the folder of PostgreSQL's binaries, from a flag. Empty: Find looks.
	Bin string
	// Settings are settings of postgresql.conf beyond the defaults, which they replace.
	Settings map[string]string
	// Log hears of starts and stops. nil: nobody does.
	Log *slog.Logger
	// Fast gives up what protects from a crash of the machine, not of the server, for
	// speed. For tests.
	Fast bool
}

// Server is a PostgreSQL server of our own. Its methods may be called from any
// goroutine; Stop, Kill and Restart wait for each other.
type Server struct {
	options  Options
	layout   layout
	account  *account
	binaries binaries
	password string
	goodbye  goodbye

	mu   sync.Mutex
	lock *os.File // held while the server runs
	proc *process // the last one started
	port int
}

// Start starts the folder's server, makes its cluster first where there is none, and
// returns when it accepts connections. The context bounds the start only. Of two
// processes that start the same folder, the second is refused; a server whose
// program was killed is stopped and started anew.
func Start(ctx context.Context, o Options) (*Server, error) {
	s := &Server{options: o, goodbye: usualGoodbye}
	if s.options.Log == nil {
		s.options.Log = slog.New(slog.DiscardHandler)
	}
	if err := s.prepareFolder(); err != nil {
		return nil, err
	}
	lock, err := takeLock(s.layout)
	if err != nil {
		return nil, err
	}
	s.lock = lock
	if err := s.prepareCluster(ctx); err != nil {
		return nil, errors.Join(err, s.release())
	}
	if err := s.startAnywhere(ctx); err != nil {
		return nil, errors.Join(err, s.release())
	}
	return s, nil
}

// prepareFolder makes the folder and settles who runs the server.
func (s *Server) prepareFolder() error {
	if s.options.Dir == "" {
		return errors.New("start PostgreSQL: no data folder given")
	}
	dir, err := filepath.Abs(s.options.Dir)
	if err != nil {
		return fmt.Errorf("data folder %s: %w", s.options.Dir, err)
	}
	s.layout = layout{resolve(dir)}
	if s.account, err = chooseAccount(s.layout.pgdata()); err != nil {
		return err
	}
	if err := s.account.reach(s.layout.dir); err != nil {
		return err
	}
	if err := makeFolders(s.layout.dir); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	return s.account.reach(s.layout.dir)
}

// prepareCluster finds the binaries and brings the cluster and its settings about.
func (s *Server) prepareCluster(ctx context.Context) error {
	if err := takeOver(ctx, s.options.Log, s.layout.pgdata()); err != nil {
		return err
	}
	var err error
	if s.binaries, err = find(ctx, FindOptions{Bin: s.options.Bin, Data: s.layout.pgdata(), Log: s.options.Log}, s.account); err != nil {
		return err
	}
	if s.password, err = ensurePassword(s.layout, s.account); err != nil {
		return err
	}
	if !s.layout.initialized() {
		s.options.Log.InfoContext(ctx, "making a new PostgreSQL cluster", "data", s.layout.dir, "version", s.binaries.version)
		if err := initialize(ctx, s.layout, s.account, s.binaries.dir, s.options.Fast); err != nil {
			return err
		}
	}
	text, err := configuration(s.layout, s.options)
	if err != nil {
		return err
	}
	return writeFile(s.layout.config(), text, 0o644, nil)
}

// URL returns the superuser's connection URL of a database; "" is the database postgres.
func (s *Server) URL(database string) string {
	if database == "" {
		database = "postgres"
	}
	return s.url(database, s.Port())
}

func (s *Server) url(database string, port int) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, s.password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Port returns the port on 127.0.0.1 that the server listens on.
func (s *Server) Port() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.port
}

// Pid returns the process number of the postmaster that was started last.
func (s *Server) Pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proc.pid
}

// Version returns the version of the binaries, such as 15.18.
func (s *Server) Version() string { return s.binaries.version }

// Major returns the major version, such as 15.
func (s *Server) Major() int { return s.binaries.major }

// Bin returns the folder of the binaries that run.
func (s *Server) Bin() string { return s.binaries.dir }
