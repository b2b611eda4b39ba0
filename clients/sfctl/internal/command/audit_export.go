package command

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) auditExport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the whole audit log as JSON lines, with what proves that it is whole",
		Long: `Write the whole audit log to stdout, one JSON document on each line: for each gateway the head of
its chain, its lines, and the signatures under them. sfctl audit verify FILE verifies it without
the suite; docs/reference/audit.md has the form. For admins of all datasets; the export is itself
in the log.`,
		Example: "  sfctl audit export > audit.jsonl",
		Args:    noArgs,
	}
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		stream, err := c.orchestrator.ExportAudit(cmd.Context(), &orchestratorv1.ExportAuditRequest{}) // it takes as long as there are lines
		if err != nil {
			return err
		}
		return eachPiece(stream.Recv, func(m *orchestratorv1.ExportAuditResponse) error { return printer.Line(a.proc.Out, m) })
	})
	return cmd
}

// eachPiece takes the pieces of an export. One that ends without a result was cut off.
func eachPiece(recv func() (*orchestratorv1.ExportAuditResponse, error), take func(*orchestratorv1.ExportAuditResponse) error) error {
	whole := false
	for {
		m, err := recv()
		switch {
		case errors.Is(err, io.EOF) && whole:
			return nil
		case errors.Is(err, io.EOF):
			return problem.New(problem.ServiceUnavailable, "expected a result at the end of the audit log, found none: it was cut off")
		case err != nil:
			return err
		}
		whole = whole || m.GetResult() != nil
		if err := take(m); err != nil {
			return err
		}
	}
}
