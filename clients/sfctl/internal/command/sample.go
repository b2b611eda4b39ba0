package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/sample"
	"github.com/streamflow/streamflow/platform/prose"
)

// sampleMonth is a written month as programs read it.
type sampleMonth struct {
	AsOf  string `json:"as_of"`
	Dir   string `json:"dir"`
	Files int    `json:"files"`
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"`
}

func (a *app) sampleCommand() *cobra.Command {
	o := sample.Options{}
	var dir, start string
	cmd := &cobra.Command{
		Use:   "sample --dir DIR",
		Short: "Write made-up data of the built-in dataset's shape",
		Long: `Write made-up data of the built-in dataset's shape: a folder of six CSV files and a
manifest per month. The same flags write the same bytes, everywhere.`,
		Example: `  sfctl sample --dir ./data
  sfctl sample --dir ./big --users 1000000 --months 12 --seed 7
  sfctl sample --dir ./leaving --departed 100   # 100 users gone from the second month on
  sfctl sample --dir ./data --spoiled           # and ./data/spoiled: the last month, with mistakes`,
		Args: noArgs,
	}
	f := cmd.Flags()
	f.StringVar(&dir, "dir", "", "where the folders month_000, month_001, … are made")
	f.IntVar(&o.Months, "months", 2, "months to write")
	f.IntVar(&o.Users, "users", 7043, "users of the first month")
	f.Uint64Var(&o.Seed, "seed", 1, "seed of everything that is drawn")
	f.StringVar(&start, "start", "2024-01-31", "as_of of the first month, a month end")
	f.IntVar(&o.Departed, "departed", 0, "users of the first month that are gone from each later month on")
	f.IntVar(&o.Joined, "joined", 0, "new users of each later month")
	spoiled := f.Bool("spoiled", false, "also write the folder spoiled: the last month, with two mistakes in it")
	needs(cmd, "dir")
	_ = cmd.MarkFlagDirname("dir") // for completion only
	cmd.RunE = a.action(func(cmd *cobra.Command, _ []string) error {
		var err error
		if o.Start, err = dataset.ParseAsOf(start); err != nil {
			return exit.BadUsage(fmt.Errorf("--start: %w", err))
		}
		if o.Months < 1 || o.Users < 1 || o.Seed < 1 {
			return exit.BadUsage(errors.New("--months, --users and --seed are 1 or more"))
		}
		if o.Departed < 0 || o.Joined < 0 {
			return exit.BadUsage(errors.New("--departed and --joined are 0 or more"))
		}
		return a.writeSample(cmd.Context(), dir, o, *spoiled)
	})
	return cmd
}

func (a *app) writeSample(ctx context.Context, dir string, o sample.Options, spoiled bool) error {
	var months []sampleMonth
	writes := make([]func() (sample.Month, error), 0, o.Months+1)
	for n := range o.Months {
		writes = append(writes, func() (sample.Month, error) { return sample.WriteMonth(dir, o, n) })
	}
	if spoiled {
		writes = append(writes, func() (sample.Month, error) { return sample.WriteSpoiled(dir, o) })
	}
	for _, write := range writes {
		if err := ctx.Err(); err != nil {
			return err
		}
		began := time.Now()
		m, err := write()
		if err != nil {
			return sampleError(err)
		}
		written := sampleMonth{AsOf: m.Manifest.AsOf, Dir: m.Dir, Files: len(m.Manifest.Files)}
		for _, f := range m.Manifest.Files {
			written.Rows += f.Rows
			written.Bytes += f.Bytes
		}
		months = append(months, written)
		a.note("wrote %s (%s in %s)", m.Dir, printer.Bytes(written.Bytes), printer.Took(time.Since(began)))
	}
	err := a.emitValue(map[string][]sampleMonth{"months": months}, names(months, func(m sampleMonth) string { return m.Dir }),
		func(w io.Writer) error { return sampleTable(w, months) })
	if err != nil || !a.format.ForPeople() {
		return err
	}
	a.note("Next: sfctl run start --as-of %s --source %s%s", months[0].AsOf, quote(months[0].Dir), a.serverFlag(a.server))
	return nil
}

// sampleError tells options that cannot be from a disk that is full.
func sampleError(err error) error {
	if disk := (*fs.PathError)(nil); errors.As(err, &disk) {
		return err
	}
	return exit.BadUsage(err)
}

func sampleTable(w io.Writer, months []sampleMonth) error {
	g := printer.NewGrid(printer.Text("AS_OF"), printer.Number("FILES"), printer.Number("ROWS"), printer.Number("SIZE"), printer.Text("FOLDER"))
	for _, m := range months {
		g.Row(m.AsOf, prose.Number(int64(m.Files)), prose.Number(m.Rows), printer.Bytes(m.Bytes), m.Dir)
	}
	return g.Write(w)
}
