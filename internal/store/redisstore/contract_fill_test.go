package redisstore_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/idp"
)

// filled returns a T in which every field has a value of its own, so that one that a store does not map is missed.
func filled[T any](t *testing.T) T {
	t.Helper()
	var value T
	f := filler{t: t}
	f.fill(reflect.ValueOf(&value).Elem(), reflect.TypeFor[T]().Name())
	return value
}

// texts lists all text in a value that filled returned, secrets included.
func texts[T any](t *testing.T) []string {
	t.Helper()
	var value T
	f := filler{t: t}
	f.fill(reflect.ValueOf(&value).Elem(), reflect.TypeFor[T]().Name())
	return f.texts
}

type filler struct {
	t     *testing.T
	count int
	texts []string
}

func (f *filler) fill(v reflect.Value, path string) {
	f.t.Helper()
	f.count++
	switch v.Interface().(type) {
	case time.Time:
		// another zone and a precision that must survive
		at := time.Date(2026, time.March, 2, 9, f.count, 0, 123456789, time.FixedZone("NZDT", 13*3600))
		v.Set(reflect.ValueOf(at))
		return
	case idp.Secret:
		v.Set(reflect.ValueOf(idp.NewSecret(f.text(path))))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(f.text(path))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(1000 + f.count))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			f.fill(v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	default:
		f.t.Fatalf("%s is a %s: teach the filler about it", path, v.Kind())
	}
}

func (f *filler) text(path string) string {
	text := "text of " + path
	f.texts = append(f.texts, text)
	return text
}

// differences compares what went in with what came out: secrets by their text, times by the instant.
func differences(want, got any) string {
	return cmp.Diff(want, got, cmp.Comparer(func(a, b idp.Secret) bool { return a.Reveal() == b.Reveal() }))
}

// localTimes lists the times in a value that are not in UTC: which zone a node runs in must not show.
func localTimes(value any) []string {
	var found []string
	var walk func(v reflect.Value, path string)
	walk = func(v reflect.Value, path string) {
		if at, ok := v.Interface().(time.Time); ok {
			if at.Location() != time.UTC {
				found = append(found, path)
			}
			return
		}
		if v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[idp.Secret]() {
			return
		}
		for i := range v.NumField() {
			walk(v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	}
	walk(reflect.ValueOf(value), reflect.TypeOf(value).Name())
	return found
}
