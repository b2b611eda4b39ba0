package command

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/enumjson"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// outcomes are what an act can have come to, in words.
var outcomes = []string{"done", "failed", "refused", "unknown"}

func (a *app) auditList() *cobra.Command {
	req := &orchestratorv1.ListAuditRequest{}
	var outcome, since, until string
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what was changed, exported and refused, the newest first",
		Long: `List what was changed, exported and refused, and what came of it, the newest first. An outcome is
unknown where the gateway was killed or the answer was lost, and while something goes on: it may
have been done. For admins of all datasets.`,
		Example: `  sfctl audit list --since 24h
  sfctl audit list --who ann --what StartRun --on shop
  sfctl audit list --outcome refused --since 2024-02-01 --until 2024-03-01 --limit 0 -o wide`,
		Args: noArgs,
	}
	f := cmd.Flags()
	f.StringVar(&req.Who, "who", "", "only what this one asked for: the name or the id of a token")
	f.StringVar(&req.What, "what", "", "only this RPC, as StartRun")
	f.StringVar(&req.On, "on", "", "only what was about this dataset, or this run, token or training set by its whole id")
	f.StringVar(&outcome, "outcome", "", "only what came to this: "+strings.Join(outcomes, ", "))
	f.StringVar(&since, "since", "", "only from this moment on: a moment, a date, or how long ago, as 24h")
	f.StringVar(&until, "until", "", "only before this moment")
	limitFlag(cmd, &limit)
	completeWords(cmd, "outcome", outcomes)
	a.completeFlag(cmd, "on", datasetNames)
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		var err error
		if req.Outcome, err = outcomeOf(outcome); err != nil {
			return err
		}
		if req.Since, err = a.when("--since", since); err != nil {
			return err
		}
		if req.Until, err = a.when("--until", until); err != nil {
			return err
		}
		resp := &orchestratorv1.ListAuditResponse{}
		resp.Entries, resp.NextPageToken, err = gather(cmd.Context(), limit, func(ctx context.Context, size int32, token string) ([]*orchestratorv1.AuditEntry, string, error) {
			req.PageSize, req.PageToken = size, token
			page, err := c.orchestrator.ListAudit(ctx, req)
			return page.GetEntries(), page.GetNextPageToken(), err
		})
		if err != nil {
			return err
		}
		defer a.moreNote(len(resp.GetEntries()), resp.GetNextPageToken())
		return a.emit(resp, names(resp.GetEntries(), entryName), func(w io.Writer) error { return a.auditTable(w, resp.GetEntries()) })
	})
	return cmd
}

func outcomeOf(word string) (orchestratorv1.AuditOutcome, error) {
	if word == "" {
		return 0, nil
	}
	name := enumjson.Name(orchestratorv1.AuditOutcome(0).Descriptor(), word)
	n, ok := orchestratorv1.AuditOutcome_value[name]
	if !ok || n == 0 {
		return 0, exit.BadUsage(fmt.Errorf("--outcome %q: want %s", word, strings.Join(outcomes, ", ")))
	}
	return orchestratorv1.AuditOutcome(n), nil
}

// entryName names an entry: its chain and number.
func entryName(e *orchestratorv1.AuditEntry) string {
	return e.GetLine().GetChain() + ":" + strconv.FormatInt(e.GetLine().GetNumber(), 10)
}

func (a *app) auditTable(w io.Writer, entries []*orchestratorv1.AuditEntry) error {
	g := a.grid(printer.Text("AT"), printer.Text("WHO"), printer.Text("WHAT"), printer.Text("ON"), printer.Text("OUTCOME"),
		printer.Text("FROM").InWide(), printer.Text("ROLE").InWide(), printer.Text("FACTS").InWide(), printer.Text("REQUEST").InWide(), printer.Text("LINE").InWide())
	for _, e := range entries {
		l := e.GetLine()
		_, what, found := strings.Cut(l.GetWhat(), "Service/")
		if !found {
			what = l.GetWhat()
		}
		g.Row(printer.Moment(l.GetAt()), printer.OneLine(l.GetWho()), printer.OneLine(what+counted(l)), printer.OneLine(on(e)), printer.OneLine(cameTo(e)),
			l.GetFrom(), l.GetRole(), printer.OneLine(l.GetFacts()), printer.OneLine(l.GetRequestId()), entryName(e))
	}
	return g.Write(w)
}

// counted says what a line is that tells of no single act.
func counted(l *orchestratorv1.AuditLine) string {
	switch l.GetKind() { //nolint:exhaustive // what is left names an RPC
	case orchestratorv1.AuditKind_AUDIT_KIND_STARTED:
		return "(a gateway started)"
	case orchestratorv1.AuditKind_AUDIT_KIND_MORE_REFUSALS:
		return "(" + strconv.FormatInt(l.GetCount(), 10) + " more refusals)"
	}
	return ""
}

func on(e *orchestratorv1.AuditEntry) string {
	return strings.TrimSpace(e.GetLine().GetDataset() + " " + e.GetTarget())
}

func cameTo(e *orchestratorv1.AuditEntry) string {
	if e.GetOutcome() == 0 {
		return ""
	}
	return strings.TrimSpace(printer.Enum(e.GetOutcome()) + " " + e.GetReason())
}
