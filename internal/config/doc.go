// Package config says what can be configured: the flags of the commands, their environment variables (APSID_ and the name
// in capitals), the configuration file, and the rules every value must meet.
//
// A flag wins over its environment variable, that over the file, and the file over the default. The file is YAML or JSON, one
// level deep, its keys are the names of the flags; a key that no flag has is an error. A mistake is reported in one line that
// names the key, what is wrong with its value and what is allowed. Values that hold credentials are idp.Secret and are never
// shown, not even in that line.
//
// It opens nothing and connects to nothing; package server does that with what this one has checked.
package config
