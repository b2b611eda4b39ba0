package nearest_test

import (
	"fmt"
	"testing"

	"github.com/streamflow/streamflow/dataset/nearest"
)

// A file may have a thousand columns that a table of fifteen hundred does not know.
func BenchmarkNameOfAWideTable(b *testing.B) {
	known := make([]string, 1500)
	for i := range known {
		known[i] = fmt.Sprintf("measure_%d_of_the_week", i)
	}
	for b.Loop() {
		nearest.Name("reading_of_some_other_thing", known)
	}
}
