package sample_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/streamflow/streamflow/dataset/sample"
)

func ExampleWrite() {
	dir, err := os.MkdirTemp("", "sample")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	months, err := sample.Write(dir, sample.Options{Months: 2, Users: 1000, Departed: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, month := range months {
		fmt.Println(filepath.Base(month.Dir), month.Manifest.AsOf, month.Manifest.Files[0].Name, month.Manifest.Files[0].Rows)
	}
	// Output:
	// month_000 2024-01-31 users.csv 1000
	// month_001 2024-02-29 users.csv 990
}
