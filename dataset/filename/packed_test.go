package filename_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/filename"
)

func TestPacked(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"users.csv": "", "users": "", "raw/users.txt": "", "gz": "", "users.gz.csv": "",
		"users.csv.gz": ".gz", "raw/USERS.CSV.GZ": ".gz", "users.zip": ".zip", "Users.XLSX": ".xlsx", "u.parquet": ".parquet",
	} {
		require.Equal(t, want, filename.Packed(name), name)
	}
}
