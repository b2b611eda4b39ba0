package stage

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNear(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ files, want []string }{
		"users.csv": {
			[]string{"labels.csv", "user.csv", "users (1).csv", "raw/users.csv", "Users.CSV"},
			[]string{"raw/users.csv", "Users.CSV", "users (1).csv"},
		},
		"orders.csv":     {[]string{"order.csv", "orders.csv.part", "ordres.csv"}, []string{"orders.csv.part", "order.csv", "ordres.csv"}},
		"usage_30d.csv":  {[]string{"use.csv", "usage-30d.csv", "Usage 30d 2024-01.xlsx"}, []string{"usage-30d.csv", "Usage 30d 2024-01.xlsx"}},
		"raw/labels.csv": {[]string{"labels.csv", "raw/other.csv"}, []string{"labels.csv"}},
		"a.csv":          {[]string{"z.txt"}, nil},
		"—.csv":          {[]string{"users.txt"}, nil},
		"none.csv":       {nil, nil},
	} {
		got := near(name, tc.files)

		require.Equal(t, tc.want, append([]string(nil), got...), name)
	}
}
