package command

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// manifestSuffix is how the manifest beside a file is called.
const manifestSuffix = ".manifest.json"

// fileFlag declares where a file goes. It takes the place of the flag by which other
// commands choose how results are written: here the result is a file.
func fileFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVarP(file, "output", "o", "", "file to write, its manifest beside it as FILE"+manifestSuffix+"; default: the rows alone, to stdout")
}

func (a *app) trainingSetExport() *cobra.Command {
	var file, format string
	cmd := &cobra.Command{
		Use:   "export TRAINING_SET",
		Short: "Write the rows of a training set, with its manifest beside it",
		Long: `Write the rows of a training set in key order, as CSV, Parquet (typed columns, zstd) or a
stream of Arrow, and its manifest beside it. The same training set gives the same bytes for
ever, of Parquet and Arrow for as long as their writer stays, and after that the same rows;
"verify" says whether it still does, "rebuild" makes them again from the manifest. The file
is there once it is whole.`,
		Example: `  sfctl training-set export --last -o churn.parquet
  sfctl training-set export --last -o churn.csv
  sfctl training-set export trn_01hq7d --format arrow >churn.arrow`,
	}
	which := a.whichOf(cmd, aTrainingSet)
	fileFlag(cmd, &file)
	formatFlag(cmd, &format)
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		as, err := trainingFormat(format, file)
		if err != nil {
			return exit.BadUsage(err)
		}
		id, err := which.id(cmd.Context(), c, args)
		if err != nil {
			return err
		}
		stream, err := c.snapshot.ExportTrainingSet(cmd.Context(), &snapshotv1.ExportTrainingSetRequest{TrainingSet: id, Format: as})
		if err != nil {
			return err
		}
		return a.writeTraining(file, func() (trainingMessage, error) { return stream.Recv() })
	})
	return cmd
}

func (a *app) trainingSetRebuild() *cobra.Command {
	var file, rows string
	cmd := &cobra.Command{
		Use:   "rebuild FILE",
		Short: "Write the rows of a manifest again: the same bytes, or what changed",
		Long: `Write the rows of a manifest again, of FILE, also of one that another installation made, where the
history has the same content. What is written has the hash that stands in the manifest, or
nothing is written and the snapshots that changed are named. A Parquet or Arrow file that
another version wrote has the same rows and other bytes: it is written, and that is said.`,
		Example: `  sfctl training-set rebuild churn.csv.manifest.json -o churn.csv`,
		Args:    oneArg("FILE"),
	}
	fileFlag(cmd, &file)
	entityFlag(cmd, &rows, "the entity rows that the set was built from, where they are not kept here")
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		req := &snapshotv1.RebuildTrainingSetRequest{}
		manifest, err := os.ReadFile(args[0])
		if err == nil {
			req.Manifest = string(manifest)
			req.EntityRows, err = a.entityRows(rows)
		}
		if err != nil {
			return exit.BadUsage(err)
		}
		stream, err := c.snapshot.RebuildTrainingSet(cmd.Context(), req)
		if err != nil {
			return err
		}
		return a.writeTraining(file, func() (trainingMessage, error) { return stream.Recv() })
	})
	return cmd
}

// trainingMessage is a message of a file.
type trainingMessage interface {
	GetChunk() []byte
	GetResult() *snapshotv1.TrainingFile
}

// writeTraining writes what is received to stdout, or to a file with its manifest.
func (a *app) writeTraining(file string, recv func() (trainingMessage, error)) error {
	if file == "" {
		written, err := receive(a.proc.Out, recv)
		if err == nil {
			a.note("%s, %s, SHA-256 %s", prose.Count(written.GetRows(), "row"), prose.Size(written.GetBytes()), written.GetSha256())
			a.otherBytes(written)
		}
		return err
	}
	written, err := writeWhole(file, recv)
	if err != nil {
		return err
	}
	a.note("%s: %s, %s, SHA-256 %s; its manifest is %s", file, prose.Count(written.GetRows(), "row"), prose.Size(written.GetBytes()),
		written.GetSha256(), file+manifestSuffix)
	a.otherBytes(written)
	return nil
}

// otherBytes says of a file that was rebuilt that only its rows are those of before.
func (a *app) otherBytes(written *snapshotv1.TrainingFile) {
	if other := written.GetOtherWriter(); other != "" {
		a.note("The rows are those of the manifest, by their content hash; the bytes are not: %s wrote them then, %s now.", other, written.GetWriter())
	}
}

// writeWhole writes a file that is there once it is whole, then its manifest.
func writeWhole(file string, recv func() (trainingMessage, error)) (*snapshotv1.TrainingFile, error) {
	part, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*")
	if err != nil {
		return nil, exit.BadUsage(err)
	}
	defer func() { _ = os.Remove(part.Name()) }() // once it is whole it has another name
	out := bufio.NewWriterSize(part, 1<<20)
	written, err := receive(out, recv)
	err = errors.Join(err, out.Flush(), part.Chmod(0o644), part.Close())
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file+manifestSuffix, []byte(written.GetManifest()), 0o644); err != nil { //nolint:gosec // as readable as the file
		return nil, err
	}
	return written, os.Rename(part.Name(), file)
}

// receive writes the chunks of a file, and returns what it was.
func receive(to io.Writer, recv func() (trainingMessage, error)) (*snapshotv1.TrainingFile, error) {
	for {
		m, err := recv()
		if errors.Is(err, io.EOF) {
			return nil, problem.New(problem.ServiceUnavailable, "expected the end of the file, found none: the call was cut off")
		}
		if err != nil {
			return nil, err
		}
		if m.GetResult() != nil {
			return m.GetResult(), nil
		}
		if _, err := to.Write(m.GetChunk()); err != nil {
			return nil, fmt.Errorf("write the rows: %w", err)
		}
	}
}
