//go:build tools

// Package influxdb27 pins InfluxDB 2.7.12, which the contract tests build and run.
//
// Upstream cannot be built with "go install": its go.mod has a replace line, repeated in ours.
package influxdb27

import _ "github.com/influxdata/influxdb/v2/cmd/influxd"
