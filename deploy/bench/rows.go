package main

import (
	"fmt"
	"strings"
)

// row is one operation that is measured.
type row struct {
	name     string
	what     string
	scenario string // of the load generator
	floor    floor
	requests float64 // how many floors one operation is compared with: one for each of its requests that signs
	goal     float64 // the multiple of those floors that it should not exceed; 0: there is none
}

// floor is the least that an operation of a kind could cost.
type floor string

const (
	floorHTTP  floor = "http" // a bare net/http server
	floorToken floor = "cc"   // the same with one ES256 signature
	floorHash  floor = "hash" // one argon2id hash; its goal is in milliseconds above that
)

// logoutRow is the row that no client asks for: it is work of the node's own.
const logoutRow = "logouts"

// withES256 ends the names of rows of an app whose ID tokens are signed as its access tokens are. The usual algorithm is RS256, whose
// signatures cost many times as much.
const withES256 = "-es256"

func rows() []row {
	return []row{
		{"discovery", "discovery document", "discovery", floorHTTP, 1, 1.4},
		{"keys", "key set", "jwks", floorHTTP, 1, 1.4},
		{"cc", "client credentials, ES256 JWT", "cc", floorToken, 1, 1.5},
		{"introspect", "introspection of an integration's token", "introspect", floorHTTP, 1, 4.6},
		{"introspect-person", "introspection of a person's token", "introspect", floorHTTP, 1, 0},
		{"userinfo", "userinfo", "userinfo", floorHTTP, 1, 5.8},
		{"refresh", "refresh, rotating", "refresh", floorToken, 1, 6.6},
		{"code_sso", "code flow, session exists", "code_sso", floorToken, 2, 6.6},
		{"refresh" + withES256, "refresh, rotating, ID token by ES256", "refresh", floorToken, 1, 6.6},
		{"code_sso" + withES256, "code flow, session exists, ID token by ES256", "code_sso", floorToken, 2, 6.6},
		{flowRow, "code flow, session exists, ES256, asked by our own sender", "", floorToken, 2, 0},
		{boundRow, "the same, with DPoP", "", floorToken, 2, 0},
		{"code", "password sign-in with code flow", "code", floorHash, 1, 2},
		{logoutRow, "back-channel logout, all of a practice at once", "", floorToken, 1, 0},
	}
}

// chosen returns the rows with these names, separated by commas; all of them for "".
func chosen(names string) ([]row, error) {
	if names == "" {
		return rows(), nil
	}
	var picked []row
	for name := range strings.SplitSeq(names, ",") {
		found := false
		for _, r := range rows() {
			if r.name == name {
				picked, found = append(picked, r), true
			}
		}
		if !found {
			return nil, fmt.Errorf("no row is called %q: there are %s", name, strings.Join(rowNames(), ", "))
		}
	}
	return picked, nil
}

func rowNames() []string {
	var names []string
	for _, r := range rows() {
		names = append(names, r.name)
	}
	return names
}
