package format

import (
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// trainingColumns are those of the built-in training set, by their types.
func trainingColumns() []layout.Column {
	of := func(name string, t dataset.ColumnType) layout.Column { return layout.Column{Name: name, Type: t} }
	all := []layout.Column{of("user_id", dataset.ColumnType{Name: dataset.Text}), of("as_of", dataset.ColumnType{Name: dataset.Date})}
	for i := range 6 {
		all = append(all, of(fmt.Sprintf("n%d", i), dataset.ColumnType{Name: dataset.Integer}))
	}
	for i := range 4 {
		all = append(all, of(fmt.Sprintf("d%d", i), dataset.ColumnType{Name: dataset.Numeric, Precision: 8, Scale: 2}))
	}
	for i := range 4 {
		all = append(all, of(fmt.Sprintf("b%d", i), dataset.ColumnType{Name: dataset.Boolean}))
	}
	return append(all, of("t", dataset.ColumnType{Name: dataset.Text}))
}

// trainingRow is a row as PostgreSQL sends it.
func trainingRow(into [][]byte, n int) {
	into[0] = fmt.Appendf(into[0][:0], "user_%08d", n)
	into[1] = binary.BigEndian.AppendUint32(into[1][:0], 9000)
	for i := range 6 {
		into[2+i] = binary.BigEndian.AppendUint32(into[2+i][:0], uint32(n*(i+3)%97))
	}
	for i := range 4 {
		d := into[8+i][:0]
		for _, part := range []int{2, 0, 0, 2, n * (i + 7) % 10000, n * 100 % 10000} {
			d = binary.BigEndian.AppendUint16(d, uint16(part))
		}
		into[8+i] = d
	}
	for i := range 4 {
		into[12+i] = append(into[12+i][:0], byte(n>>i&1))
	}
	into[16] = append(into[16][:0], []string{"fiber", "dsl", "none"}[n%3]...)
}

// BenchmarkTyped writes 300,000 rows of the built-in training set, and reports how much of
// the heap was in use at the most.
func BenchmarkTyped(b *testing.B) {
	for _, f := range []Format{Parquet, Arrow} {
		b.Run(f.Name(), func(b *testing.B) {
			b.ReportAllocs()
			var most uint64
			for b.Loop() {
				file, err := f.Begin(trainingColumns(), io.Discard)
				require.NoError(b, err)
				row := make([][]byte, len(trainingColumns()))
				for n := range 300_000 {
					trainingRow(row, n)
					if err := file.(*typedFile).row(row); err != nil {
						b.Fatal(err)
					}
					if n%20_000 == 0 {
						var m runtime.MemStats
						runtime.ReadMemStats(&m)
						most = max(most, m.HeapInuse)
					}
				}
				_, err = file.Close()
				require.NoError(b, err)
			}
			b.ReportMetric(float64(most)/(1<<20), "MiB-most")
		})
	}
}
