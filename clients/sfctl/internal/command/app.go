package command

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/clients/sfctl/internal/progress"
	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/tlsfiles"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// callLimit bounds every call that is not a wait. The slowest, a list of a thousand
// runs, takes well under a second.
const callLimit = 30 * time.Second

// app is one call of sfctl: the process, and the flags that every command has.
type app struct {
	proc   Process
	server string
	tls    tlsfiles.Files // with which it is called
	// tokenFile is where the token lies, where one was named; other is the address that a
	// token was found for, and which is not the one that is called.
	tokenFile, other string
	// context is the one that was named; flags are those of every command, and placed says
	// that it is settled which gateway is called.
	context string
	flags   *pflag.FlagSet
	placed  bool

	output  string
	noColor bool
	quiet   bool
	allRows bool // of findings

	format printer.Format // of output, once the flags are read
	began  bool           // whether a command has begun: its errors are not usage
}

// clients are the services behind the gateway.
type clients struct {
	conn         *grpc.ClientConn
	orchestrator orchestratorv1.OrchestratorServiceClient
	ingest       ingestv1.IngestServiceClient
	quality      qualityv1.QualityServiceClient
	snapshot     snapshotv1.SnapshotServiceClient
}

// connect returns the services; it does not call them yet. Close what it returns.
func (a *app) connect() (*clients, error) {
	if err := a.inContext(); err != nil {
		return nil, err
	}
	token, err := a.token()
	if err != nil {
		return nil, err
	}
	return a.connectWith(token)
}

// connectWith is connect with a token; nil where there is none.
func (a *app) connectWith(token tokenSource) (*clients, error) {
	if err := checkServer(a.server); err != nil {
		return nil, err
	}
	address, opts, err := a.transport()
	if err != nil {
		return nil, err
	}
	if token != nil {
		opts = append(opts, bearer.CallBy(token))
	}
	conn, err := grpcserver.Dial(address, opts...)
	if err != nil {
		return nil, exit.BadUsage(err)
	}
	return &clients{
		conn:         conn,
		orchestrator: orchestratorv1.NewOrchestratorServiceClient(conn),
		ingest:       ingestv1.NewIngestServiceClient(conn),
		quality:      qualityv1.NewQualityServiceClient(conn),
		snapshot:     snapshotv1.NewSnapshotServiceClient(conn),
	}, nil
}

func (c *clients) close() { _ = c.conn.Close() }

// action makes a function that a command runs: the flags are checked first, and what
// fails from there on is no wrong usage.
func (a *app) action(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		format, err := printer.ParseFormat(a.output, besides(cmd)...)
		if err != nil {
			return err
		}
		a.format, a.began = format, true
		return run(cmd, args)
	}
}

// remote is action for a command that calls the gateway.
func (a *app) remote(run func(*cobra.Command, []string, *clients) error) func(*cobra.Command, []string) error {
	return a.action(func(cmd *cobra.Command, args []string) error {
		c, err := a.connect()
		if err != nil {
			return err
		}
		defer c.close()
		return run(cmd, args, c)
	})
}

// emit writes a response: as a table, by its names, or in the format that was asked for.
func (a *app) emit(m proto.Message, names []string, table func(io.Writer) error) error {
	switch {
	case a.format.ForPeople():
		return table(a.proc.Out)
	case a.format == printer.Names:
		return a.emitNames(names)
	default:
		return printer.Message(a.proc.Out, a.format, m)
	}
}

// emitValue is emit for a result that is no response.
func (a *app) emitValue(v any, names []string, table func(io.Writer) error) error {
	switch {
	case a.format.ForPeople():
		return table(a.proc.Out)
	case a.format == printer.Names:
		return a.emitNames(names)
	default:
		return printer.Value(a.proc.Out, a.format, v)
	}
}

func (a *app) emitNames(names []string) error {
	for _, name := range names {
		if _, err := fmt.Fprintln(a.proc.Out, name); err != nil {
			return err
		}
	}
	return nil
}

// grid is a table as wide as was asked for.
func (a *app) grid(columns ...printer.Column) *printer.Grid {
	g := printer.NewGrid(columns...)
	g.Wide = a.format == printer.Wide
	return g
}

// note tells the user something that is not the result.
func (a *app) note(format string, args ...any) {
	if !a.quiet {
		_, _ = fmt.Fprintf(a.proc.Err, format+"\n", args...) // nobody left to tell
	}
}

// serverFlag is what a command that is printed here needs to reach a server: nothing
// where it would anyhow, by default or by the environment.
func (a *app) serverFlag(server string) string {
	usual := &app{proc: a.proc, server: a.fromEnv("SFCTL_SERVER", DefaultServer), context: a.fromEnv("SFCTL_CONTEXT", "")}
	if err := usual.inContext(); err == nil && server == usual.server {
		return ""
	}
	return " --server " + quote(server)
}

// requestedBy is who asks: SFCTL_USER, otherwise the user of this machine.
func (a *app) requestedBy() string {
	if v, ok := a.proc.Env("SFCTL_USER"); ok && v != "" {
		return v
	}
	return a.proc.User
}

// style is how words on the results' stream may be coloured, errStyle those beside it.
func (a *app) style() printer.Style    { return printer.Style{Colour: a.colour(a.proc.OutTerminal)} }
func (a *app) errStyle() printer.Style { return printer.Style{Colour: a.colour(a.proc.ErrTerminal)} }

// colour follows https://no-color.org: NO_COLOR, where it is not empty, takes colours away.
func (a *app) colour(terminal bool) bool {
	v, _ := a.proc.Env("NO_COLOR")
	return terminal && !a.noColor && v == ""
}

// display is how the progress of a run is shown.
func (a *app) display() progress.Display {
	switch {
	case a.quiet:
		return progress.Quiet{}
	case a.proc.ErrTerminal:
		return progress.NewBars(a.proc.Err, a.errStyle(), a.proc.Width)
	default:
		return progress.NewPlain(a.proc.Err)
	}
}
