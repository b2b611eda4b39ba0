package command

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) datasetCommand() *cobra.Command {
	return noun("dataset", "Check, register and read datasets: what is delivered and what must be true of it",
		`  sfctl dataset get streamflow > dataset.yaml
  sfctl dataset lint dataset.yaml
  sfctl dataset apply dataset.yaml`,
		a.datasetLint(), a.datasetApply(), a.datasetList(), a.datasetGet(), a.datasetVersions(), a.datasetDiff(), a.datasetMigrate(), a.datasetErase(), a.datasetReadmit(), a.datasetDelete())
}

func (a *app) datasetLint() *cobra.Command {
	return &cobra.Command{
		Use:   "lint FILE",
		Short: "Check a dataset without a server, every mistake at once",
		Long: `Check a dataset without a server, every mistake at once. FILE may be - for stdin. What only a
server knows, as whether the names of its tables are another dataset's, "dataset apply --dry-run"
says.`,
		Example: `  sfctl dataset lint dataset.yaml
  sfctl dataset lint - < dataset.yaml`,
		Args: oneArg("FILE"),
		RunE: a.action(func(_ *cobra.Command, args []string) error {
			d, err := a.readDataset(args[0])
			if err != nil {
				return err
			}
			v := &orchestratorv1.DatasetVersion{Version: dataset.Hash(d), Dataset: d}
			return a.emit(v, []string{d.GetName()}, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s: no mistakes in %s version %s (%s, %s)\n", args[0], d.GetName(), printer.Short(v.GetVersion()),
					prose.Count(int64(len(d.GetTables())), "table"), prose.Count(int64(len(d.GetSnapshots())), "snapshot"))
				return err
			})
		}),
	}
}

// readDataset reads and checks a dataset; its mistakes are the error's violations.
func (a *app) readDataset(name string) (*datasetv1.Dataset, error) {
	var text []byte
	var err error
	if name == "-" {
		name = "stdin"
		text, err = io.ReadAll(a.proc.In)
	} else {
		text, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, exit.BadUsage(fmt.Errorf("read the dataset: %w", err))
	}
	d, mistakes := dataset.Read(name, text)
	if len(mistakes) == 0 {
		for _, w := range dataset.Warn(name, text) {
			a.note("warning: %s", w)
		}
		return d, nil
	}
	p := problem.New(problem.DatasetInvalid, "%s in %s", prose.Count(int64(len(mistakes)), "mistake"), name)
	f := exit.Of(p, a.server)
	f.Action = ""
	for _, m := range mistakes {
		f.Violations = append(f.Violations, mistake(m))
	}
	return nil, f
}

// mistake puts where a mistake stands apart from what it is.
func mistake(m dataset.Mistake) problem.Violation {
	where := m.File
	if m.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d", m.File, m.Line, m.Column)
	}
	what := m.Message
	if m.Path != "" {
		what = m.Path + ": " + what
	}
	return problem.Violation{Subject: where, Description: what}
}

func (a *app) datasetList() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the registered datasets",
		Example: "  sfctl dataset list",
		Args:    noArgs,
	}
	cmd.Flags().IntVar(&limit, "limit", defaultLimit, "show at most this many, by name; 0 for all")
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		resp := &orchestratorv1.ListDatasetsResponse{}
		var err error
		resp.Versions, resp.NextPageToken, err = gather(cmd.Context(), limit,
			func(ctx context.Context, size int32, token string) ([]*orchestratorv1.DatasetVersion, string, error) {
				page, err := c.orchestrator.ListDatasets(ctx, &orchestratorv1.ListDatasetsRequest{PageSize: size, PageToken: token})
				return page.GetVersions(), page.GetNextPageToken(), err
			})
		if err != nil {
			return err
		}
		defer a.moreNote(len(resp.GetVersions()), resp.GetNextPageToken())
		return a.emit(resp, names(resp.GetVersions(), func(v *orchestratorv1.DatasetVersion) string { return v.GetDataset().GetName() }),
			func(w io.Writer) error { return a.datasetTable(w, resp.GetVersions()) })
	})
	return cmd
}

func (a *app) datasetTable(w io.Writer, versions []*orchestratorv1.DatasetVersion) error {
	if len(versions) == 0 {
		a.note("No datasets. Register one: sfctl dataset apply FILE")
		return nil
	}
	g := a.grid(printer.Text("DATASET"), printer.Text("VERSION"), printer.Number("TABLES"),
		printer.Number("SNAPSHOTS"), printer.Text("REQUESTED_BY"), printer.Number("AGE"))
	for _, v := range versions {
		g.Row(v.GetDataset().GetName(), printer.Short(v.GetVersion()), prose.Number(int64(v.GetTables())),
			prose.Number(int64(v.GetSnapshots())), v.GetRequestedBy(), printer.Age(a.proc.Now(), v.GetCreatedAt()))
	}
	return g.Write(w)
}

func (a *app) datasetGet() *cobra.Command {
	var version string
	cmd := &cobra.Command{
		Use:   "get NAME",
		Short: "Print a dataset as the YAML that can be edited and applied again",
		Long: `Print a dataset as the YAML that can be edited and applied again. With -o json or
-o yaml it is the response of the service instead, in the names of the protos.`,
		Example: `  sfctl dataset get streamflow > dataset.yaml
  sfctl dataset get streamflow --version 3f2a`,
		Args: oneArg("NAME"),
	}
	cmd.ValidArgsFunction = a.completeArg(datasetNames)
	cmd.Flags().StringVar(&version, "version", "", "a version or a unique beginning of it; the current one where it is not given")
	_ = cmd.RegisterFlagCompletionFunc("version", a.completeVersion)
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		resp, err := c.orchestrator.GetDataset(ctx, &orchestratorv1.GetDatasetRequest{Dataset: args[0], Version: version})
		if err != nil {
			return err
		}
		return a.emit(resp, []string{args[0]}, func(w io.Writer) error { return declaration(w, resp.GetVersion()) })
	})
	return cmd
}

// declaration writes a dataset as a person would, below a comment that says which
// version it is.
func declaration(w io.Writer, v *orchestratorv1.DatasetVersion) error {
	text, err := dataset.Marshal(v.GetDataset())
	if err != nil {
		return fmt.Errorf("write dataset %s: %w", v.GetDataset().GetName(), err)
	}
	_, err = fmt.Fprintf(w, "# version %s, registered at %s by %s\n%s",
		v.GetVersion(), printer.Moment(v.GetCreatedAt()), printer.OneLine(v.GetRequestedBy()), text)
	return err
}
