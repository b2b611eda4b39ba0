package command

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// trainingFormats are the words for formats, and the extensions of their files.
var trainingFormats = []string{"csv", "parquet", "arrow"}

// formatFlag declares how rows are written.
func formatFlag(cmd *cobra.Command, format *string) {
	cmd.Flags().StringVar(format, "format", "", "how the rows are written: "+strings.Join(trainingFormats, ", ")+
		"; default: what the name of the file ends with; csv where it has no ending")
	completeWords(cmd, "format", trainingFormats)
}

// trainingFormat is the format that the flag names, or the extension of the file; none where
// there is neither. An extension of another format is refused: a file of that name would be
// taken for what it is not.
func trainingFormat(format, file string) (snapshotv1.TrainingFormat, error) {
	word, where, instead := format, "--format", ""
	if format == "" {
		word, where = strings.TrimPrefix(filepath.Ext(file), "."), file
		instead = "; give the file such an ending, or say --format"
	}
	if word == "" {
		return snapshotv1.TrainingFormat_TRAINING_FORMAT_UNSPECIFIED, nil
	}
	if !slices.Contains(trainingFormats, strings.ToLower(word)) {
		return 0, fmt.Errorf("%s: expected one of %s, found %q%s", where, strings.Join(trainingFormats, ", "), word, instead)
	}
	return snapshotv1.TrainingFormat(snapshotv1.TrainingFormat_value[formatPrefix+strings.ToUpper(word)]), nil
}

const formatPrefix = "TRAINING_FORMAT_"
