package command

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/ident"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func (a *app) unmaskCommand() *cobra.Command {
	var number int32
	var token string
	cmd := &cobra.Command{
		Use:   "unmask RUN|VALIDATION",
		Short: "Show the personal values that tokens stand for in a run or a validation",
		Long: `Show the values of personal columns (pii) for which a token, or (hidden), stands in the
findings of a run, in what it restated, or in the results of a validation. For stewards and admins
of the dataset; the audit log has who asked, and of what, and no value.

Values are decrypted with the key that they were encrypted under, from the services' file of keys.
What was erased is not there any more, and of a line that fits no column nothing was kept.`,
		Example: `  sfctl unmask run_01hq7d --number 1
  sfctl unmask run_01hq7d --shown pii:5f3a:9c01d2e4b6f80a1c
  sfctl unmask --last
  sfctl unmask val_01hq7d -o json`,
	}
	which := a.whichOf(cmd, aRun)
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		asked := *which
		asked.kind = unmasks(args)
		return asked.args(cmd, args)
	}
	f := cmd.Flags()
	f.Int32Var(&number, "number", 0, "only those of this finding of the run, or of this result of the validation, from 1; 0 for all")
	f.StringVar(&token, "shown", "", "only those that this token stands for")
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		id, err := which.id(ctx, c, args)
		if err != nil {
			return err
		}
		if unmasks(args).prefix == ident.Validation {
			resp, err := c.quality.UnmaskValidation(ctx, &qualityv1.UnmaskValidationRequest{Validation: id, Result: number, Shown: token})
			if err != nil {
				return err
			}
			return a.emit(resp, shownAs(resp.GetValues()), func(w io.Writer) error { return a.unmaskedTable(w, resp.GetValidation(), resp.GetValues()) })
		}
		resp, err := c.orchestrator.UnmaskRun(ctx, &orchestratorv1.UnmaskRunRequest{Run: id, Finding: number, Shown: token})
		if err != nil {
			return err
		}
		return a.emit(resp, shownAs(resp.GetValues()), func(w io.Writer) error { return a.unmaskedTable(w, resp.GetRun(), resp.GetValues()) })
	})
	return cmd
}

// unmasks is the kind of thing whose values are asked for: a validation where its id says so.
func unmasks(args []string) kind {
	if len(args) > 0 && strings.HasPrefix(args[0], ident.Validation+"_") {
		return aValidation
	}
	return aRun
}

// shownAs are what stands in place of values: no name is one.
func shownAs(values []*stepv1.UnmaskedValue) []string {
	return names(values, (*stepv1.UnmaskedValue).GetShown)
}

func (a *app) unmaskedTable(w io.Writer, of string, values []*stepv1.UnmaskedValue) error {
	if len(values) == 0 {
		a.note("No personal value is kept in %s of what was asked for.", of)
		return nil
	}
	g := a.grid(printer.Number("NUMBER"), printer.Text("FILE"), printer.Number("LINE"), printer.Text("COLUMN"), printer.Text("SHOWN"), printer.Text("VALUE"),
		printer.Text("AT").InWide(), printer.Text("TABLE").InWide())
	for _, v := range values {
		number, line := strconv.Itoa(int(v.GetNumber())), strconv.FormatInt(v.GetLine(), 10)
		if v.GetNumber() == 0 {
			number = v.GetSnapshot()
		}
		if v.GetLine() == 0 {
			line = ""
		}
		g.Row(number, printer.OneLine(v.GetFile()), line, v.GetColumn(), v.GetShown(), printer.OneLine(v.GetValue()), v.GetAt(), v.GetTable())
	}
	return g.Write(w)
}
