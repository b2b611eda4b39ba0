package command

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// trainingFormats are the words for formats, and the extensions of their files.
var trainingFormats = []string{"csv", "parquet", "arrow"}

// formatFlag declares how rows are written.
func formatFlag(cmd *cobra.Command, format *string) {
	cmd.Flags().StringVar(format, "format", "", "how the rows are written: "+strings.Join(trainingFormats, ", ")+
		"; default: what the name of the file ends with, otherwise csv")
	completeWords(cmd, "format", trainingFormats)
}

// trainingFormat is the format that the flag names, or the extension of the file.
func trainingFormat(format, file string) (snapshotv1.TrainingFormat, error) {
	if format == "" {
		n := snapshotv1.TrainingFormat_value[formatPrefix+strings.ToUpper(strings.TrimPrefix(filepath.Ext(file), "."))]
		return snapshotv1.TrainingFormat(n), nil
	}
	n, ok := snapshotv1.TrainingFormat_value[formatPrefix+strings.ToUpper(format)]
	if !ok || n == 0 {
		return 0, fmt.Errorf("--format: expected one of %s, found %q", strings.Join(trainingFormats, ", "), format)
	}
	return snapshotv1.TrainingFormat(n), nil
}

const formatPrefix = "TRAINING_FORMAT_"
