package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/audit"
	"github.com/streamflow/streamflow/platform/enumjson"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// maxPiece is how long a line of an export may be, in bytes: far more than the longest.
const maxPiece = 1 << 20

// verifiedBy is what a log is verified by.
type verifiedBy struct {
	keys, checkpoints []string
}

func (a *app) auditVerify() *cobra.Command {
	var by verifiedBy
	cmd := &cobra.Command{
		Use:   "verify [FILE]",
		Short: "Say whether the audit log is as the gateways wrote it",
		Long: `Verify the audit log of the suite, or one that was exported to FILE (- is stdin): that each line
continues the one before, that each says what its hash says, and that the signatures are those of
the keys that you give. The first line that was changed, removed or inserted is named, of each
chain; exit code 6 then. The hashes are made anew here, and the suite's word is taken for nothing.

The public key of the sfctl dev on this machine is found by itself. With --checkpoints, what the
gateway wrote of signatures outside of the database is compared as well: that tells also of a log
that is gone as a whole, or of an end that was cut off together with its signatures.`,
		Example: `  sfctl audit verify
  sfctl audit verify --public-key audit-key.pub --checkpoints checkpoints.jsonl
  sfctl audit verify --public-key audit-key.pub audit.jsonl`,
		Args: cobra.MaximumNArgs(1),
	}
	cmd.Flags().StringArrayVar(&by.keys, "public-key", nil, "file of a public key that signs; may be repeated, as after a change of the key")
	cmd.Flags().StringArrayVar(&by.checkpoints, "checkpoints", nil, "file of checkpoints that were kept outside of the database; may be repeated")
	remote := a.remote(func(cmd *cobra.Command, _ []string, c *clients) error { return a.verifySuite(cmd.Context(), c, by) })
	local := a.action(func(_ *cobra.Command, args []string) error { return a.verifyFile(args[0], by) })
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return remote(cmd, args)
		}
		return local(cmd, args)
	}
	return cmd
}

// verifySuite verifies the log that the suite holds.
func (a *app) verifySuite(ctx context.Context, c *clients, by verifiedBy) error {
	v, err := a.verifier(by)
	if err != nil {
		return err
	}
	stream, err := c.orchestrator.ExportAudit(ctx, &orchestratorv1.ExportAuditRequest{})
	if err != nil {
		return err
	}
	return a.verified(v, stream.Recv)
}

// verifyFile verifies a log that was exported.
func (a *app) verifyFile(path string, by verifiedBy) error {
	v, err := a.verifier(by)
	if err != nil {
		return err
	}
	from, err := a.openExport(path)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	return a.verified(v, pieces(path, from))
}

func (a *app) openExport(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(a.proc.In), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, exit.BadUsage(err)
	}
	return f, nil
}

// verifier takes the keys that are given, or that of sfctl dev on this machine.
func (a *app) verifier(by verifiedBy) (*audit.Verifier, error) {
	if len(by.keys) == 0 {
		if dir := dataDir(a.proc.Env, os.Geteuid()); filepath.IsAbs(dir) {
			if path := devsuite.AuditPublicKey(dir); readable(path) {
				by.keys = []string{path}
			}
		}
	}
	if len(by.keys) == 0 {
		f := exit.BadUsage(errors.New("--public-key is missing: without the key of who signs, nothing says that the log is the gateway's"))
		f.Action = "Give the file that lies beside the gateway's key, FILE.pub; openssl pkey -in FILE -pubout writes it from the key."
		return nil, f
	}
	var keys []*audit.Public
	for _, path := range by.keys {
		key, err := audit.ReadPublic(path)
		if err != nil {
			return nil, exit.BadUsage(fmt.Errorf("--public-key: %w", err))
		}
		keys = append(keys, key)
	}
	v := audit.NewVerifier(keys...)
	for _, path := range by.checkpoints {
		if err := expect(v, path); err != nil {
			return nil, exit.BadUsage(fmt.Errorf("--checkpoints: %w", err))
		}
	}
	return v, nil
}

func readable(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	return f.Close() == nil
}

func expect(v *audit.Verifier, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	next := documents(path, f, func() *orchestratorv1.AuditCheckpoint { return &orchestratorv1.AuditCheckpoint{} })
	for {
		k, err := next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		v.Expect(k)
	}
}

// pieces reads an export from a file.
func pieces(path string, from io.Reader) func() (*orchestratorv1.ExportAuditResponse, error) {
	return documents(path, from, func() *orchestratorv1.ExportAuditResponse { return &orchestratorv1.ExportAuditResponse{} })
}

// documents reads messages, one on each line, as sfctl or REST writes them.
func documents[M proto.Message](path string, from io.Reader, empty func() M) func() (M, error) {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, maxPiece)
	number := 0
	return func() (M, error) {
		m := empty()
		if !lines.Scan() {
			if err := lines.Err(); err != nil {
				return m, fmt.Errorf("%s, line %d: %w", path, number+1, err)
			}
			return m, io.EOF
		}
		number++
		text, err := enumjson.Names(lines.Bytes(), m.ProtoReflect().Descriptor())
		if err == nil {
			err = protojson.Unmarshal(text, m)
		}
		if err != nil {
			return m, exit.BadUsage(fmt.Errorf("%s, line %d: expected a line of the audit log, found none: %w", path, number, err))
		}
		return m, nil
	}
}

// verified verifies what is received, and says what is wrong with it.
func (a *app) verified(v *audit.Verifier, recv func() (*orchestratorv1.ExportAuditResponse, error)) error {
	if err := eachPiece(recv, func(m *orchestratorv1.ExportAuditResponse) error { v.Take(m); return nil }); err != nil {
		return err
	}
	report := v.Report()
	if err := a.emitReport(report); err != nil {
		return err
	}
	if n := int64(len(report.Faults)) + report.More; n > 0 {
		return problem.New(problem.AuditBroken, "the audit log is not as the gateways wrote it: %s", prose.Count(n, "fault"))
	}
	return nil
}

// auditReport is a report as it is written for programs.
type auditReport struct {
	Chains      int64         `json:"chains"`
	Lines       int64         `json:"lines"`
	Checkpoints int64         `json:"checkpoints"`
	Dropped     int64         `json:"dropped"`
	Unsigned    int64         `json:"unsigned"`
	Faults      []audit.Fault `json:"faults"`
	MoreFaults  int64         `json:"more_faults"`
}

func (a *app) emitReport(r audit.Report) error {
	switch {
	case a.format == printer.Names:
		return a.emitNames(names(faults(r), func(f *audit.Fault) string { return fmt.Sprintf("%s:%d", f.Chain, f.Number) }))
	case !a.format.ForPeople():
		out := auditReport{r.Chains, r.Lines, r.Checkpoints, r.Dropped, r.Unsigned, r.Faults, r.More}
		if out.Faults == nil {
			out.Faults = []audit.Fault{}
		}
		return printer.Value(a.proc.Out, a.format, out)
	}
	if len(r.Faults) > 0 {
		g := a.grid(printer.Text("CHAIN"), printer.Number("LINE"), printer.Text("WHAT"))
		for _, f := range r.Faults {
			g.Row(printer.OneLine(f.Chain), prose.Number(f.Number), printer.OneLine(f.What))
		}
		if err := g.Write(a.proc.Out); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(a.proc.Out, "%s in %s under %s; %s not signed yet, %s removed by retention.\n", prose.Count(r.Lines, "line"), prose.Count(r.Chains, "chain"),
		prose.Count(r.Checkpoints, "signature"), prose.Number(r.Unsigned), prose.Number(r.Dropped))
	return err
}

func faults(r audit.Report) (all []*audit.Fault) {
	for i := range r.Faults {
		all = append(all, &r.Faults[i])
	}
	return all
}
