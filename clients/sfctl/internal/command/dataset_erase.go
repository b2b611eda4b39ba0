package command

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/platform/prose"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// erasing is what an erase is asked with.
type erasing struct {
	req  *orchestratorv1.StartRunRequest
	keys []string
	file string
	plan bool
	wait wait
	// ofFile are the keys of the file, and noHeader says that its first line is one whatever it
	// reads like.
	ofFile   []*stepv1.EraseKey
	noHeader bool
}

func (a *app) datasetErase() *cobra.Command {
	e := &erasing{req: &orchestratorv1.StartRunRequest{}}
	cmd := &cobra.Command{
		Use:   "erase",
		Short: "Take the rows of keys out of live and all of history",
		Long: `Take the rows of keys out of live, out of every revision of every date, and out of what is
kept beside them: delivered rows of incremental extracts, the ledgers of keys, and what
findings, validations, restatements and runs say of them. Rows that refer to one that goes
go with it, to the last generation. It cannot be undone.

It is a run: look at what it would take with --plan. The catalog has the new count and hash
of each revision, and those of before beside them, with who asked and why. Files are not
changed; the run names the sources of the deliveries that brought the keys. Training sets
that were built on what is erased verify as ERASED_SINCE.

A key is one record of CSV: of a key of several columns the values in their order, a,b; a
value with a comma in quotes. Keys that are given with --key stand in the history of your
shell: --keys-file reads them from a file in UTF-8, one to a line, or with - from stdin. A
first line that has the name of the key's column is a header, and refused: with --no-header it
is a key.`,
		Example: `  sfctl dataset erase --table users --key u-4711 --reason "asked for on 3 May" --plan
  sfctl dataset erase --table users --keys-file - --reason "asked for on 3 May" < keys.csv`,
		Args: noArgs,
	}
	e.flags(a, cmd)
	detach := false
	cmd.Flags().BoolVar(&detach, "detach", false, "print the run's id and do not wait")
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		if err := e.check(a); err != nil {
			return err
		}
		if err := e.notAHeader(cmd.Context(), c); err != nil {
			return err
		}
		run, err := a.ask(cmd.Context(), c, e.req)
		if err != nil {
			return err
		}
		return a.awaitUnless(cmd.Context(), detach, c, run, e.wait)
	})
	return cmd
}

// flags declares what may be said of the keys, and of the run.
func (e *erasing) flags(a *app, cmd *cobra.Command) {
	f := cmd.Flags()
	a.datasetFlag(cmd, &e.req.Dataset, "the dataset")
	f.StringVar(&e.req.EraseTable, "table", "", "the table whose keys they are; default: the only one that refers to no other")
	f.StringArrayVar(&e.keys, "key", nil, "key of a row, as a record of CSV; may be repeated")
	f.StringVar(&e.file, "keys-file", "", "file with one key to a line, as CSV without a header; - for stdin")
	f.BoolVar(&e.noHeader, "no-header", false, "the first line of the file is a key, though it has the name of the key's column")
	f.StringVar(&e.req.Reason, "reason", "", "why; kept with the run and with every revision, so name nobody in it")
	f.BoolVar(&e.plan, "plan", false, "say what would go, and change nothing")
	f.StringVar(&e.req.RequestId, "request-id", "", "key under which the same request may be sent again; made up where it is not given")
	_ = cmd.MarkFlagRequired("reason")
	e.wait.flags(cmd)
	a.rowsFlag(cmd)
}

// maxKeys is how many keys one run takes.
const maxKeys = 100_000

// check reads the keys, and refuses what no service needs to be asked about.
func (e *erasing) check(a *app) error {
	e.req.Mode = orchestratorv1.RunMode_RUN_MODE_ERASE
	if e.plan {
		e.req.Mode = orchestratorv1.RunMode_RUN_MODE_ERASE_PLAN
	}
	if err := e.read(a, "erased"); err != nil {
		return err
	}
	return e.wait.check()
}

// read reads the keys, and refuses what no service needs to be asked about; what says what is
// done with them.
func (e *erasing) read(a *app, what string) error {
	if prose.Blank(e.req.GetReason()) {
		return exit.BadUsage(fmt.Errorf(`--reason is empty: why the keys are %s is kept`, what))
	}
	var err error
	if e.req.EraseKeys, e.ofFile, err = a.readKeys(e.keys, e.file); err != nil {
		return exit.BadUsage(err)
	}
	switch n := len(e.req.GetEraseKeys()); {
	case n == 0:
		return exit.BadUsage(errors.New("no key is given: name keys with --key, or a file of them with --keys-file"))
	case n > maxKeys:
		return exit.BadUsage(fmt.Errorf("%s keys: one call takes %s; name them in several", prose.Number(int64(n)), prose.Number(maxKeys)))
	}
	if e.named() {
		return exit.BadUsage(errors.New("--reason has one of the keys in it, and is kept for ever: name a ticket in it, and nobody"))
	}
	return nil
}

// named says whether the reason names one of the keys.
func (e *erasing) named() bool {
	return slices.ContainsFunc(e.req.GetEraseKeys(), func(k *stepv1.EraseKey) bool {
		return slices.ContainsFunc(k.GetValues(), func(v string) bool { return prose.HasKey(e.req.GetReason(), v) })
	})
}
