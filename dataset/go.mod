module github.com/streamflow/streamflow/dataset

go 1.26.0

replace github.com/streamflow/streamflow/proto => ../proto

require (
	github.com/streamflow/streamflow/proto v0.0.0
	github.com/stretchr/testify v1.12.1
	go.yaml.in/yaml/v3 v3.0.6
	google.golang.org/protobuf v1.36.12
)

require buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go v1.36.12-20260825204119-511051f7f437.1 // indirect
