package testenv

import (
	"reflect"
	"strconv"
	"testing"
	"time"
)

// Filled returns a T in which every field that the type has is not zero, so that a test can go over all of them and fail for a new
// one. Texts, numbers and times are different in each field. For fields of a type in special, a secret for example, it takes the
// value there.
func Filled[T any](t testing.TB, special ...any) T {
	t.Helper()
	return FilledFrom[T](t, 0, special...)
}

// FilledFrom is Filled, counting from there: what is filled from numbers that are far apart is different in all fields.
func FilledFrom[T any](t testing.TB, number int, special ...any) (value T) {
	t.Helper()
	f := filler{t: t, special: special, count: number}
	f.fill(reflect.ValueOf(&value).Elem())
	return value
}

// FilledOne returns a T in which only this field is not zero. It may be the field of an embedded struct.
func FilledOne[T any](t testing.TB, field string, special ...any) (value T) {
	t.Helper()
	Fill(t, reflect.ValueOf(&value).Elem().FieldByName(field), special...)
	return value
}

// Fill makes one value not zero.
func Fill(t testing.TB, to reflect.Value, special ...any) {
	t.Helper()
	f := filler{t: t, special: special}
	f.fill(to)
}

type filler struct {
	t       testing.TB
	special []any
	count   int
}

func (f *filler) fill(to reflect.Value) {
	f.t.Helper()
	f.count++
	at := time.Date(2027, 3, 1, 9, 0, f.count, 0, time.UTC)
	for _, value := range append(f.special, at, time.Duration(f.count)*time.Second) {
		if reflect.TypeOf(value) == to.Type() {
			to.Set(reflect.ValueOf(value))
			return
		}
	}
	switch to.Kind() {
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		f.count-- // what it points to is the same as without it
		f.fill(to.Elem())
	case reflect.String:
		to.SetString("something " + strconv.Itoa(f.count))
	case reflect.Bool:
		to.SetBool(true)
	case reflect.Int, reflect.Int64:
		to.SetInt(int64(f.count))
	case reflect.Uint8, reflect.Uint32:
		to.SetUint(uint64(f.count)) // #nosec G115 -- a small count
	case reflect.Slice:
		to.Set(reflect.MakeSlice(to.Type(), 2, 2))
		f.fill(to.Index(0))
		f.fill(to.Index(1))
	case reflect.Map:
		key, value := reflect.New(to.Type().Key()).Elem(), reflect.New(to.Type().Elem()).Elem()
		f.fill(key)
		f.fill(value)
		to.Set(reflect.MakeMap(to.Type()))
		to.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range to.NumField() {
			f.fill(to.Field(i))
		}
	default:
		f.t.Fatalf("%s is a %s: say in special what to take", to.Type(), to.Kind())
	}
}

// Fields lists the names of the fields of a struct, those of embedded ones among them.
func Fields[T any]() (names []string) {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		if !field.Anonymous {
			names = append(names, field.Name)
		}
	}
	return names
}

// Field returns the value of a field, of an embedded struct too.
func Field(of any, name string) reflect.Value {
	return reflect.Indirect(reflect.ValueOf(of)).FieldByName(name)
}

// EmptyFields lists the fields that are zero: after a mapping of what Filled returned, those that the mapping forgot.
func EmptyFields(of any) (names []string) {
	value := reflect.Indirect(reflect.ValueOf(of))
	for _, field := range reflect.VisibleFields(value.Type()) {
		if !field.Anonymous && value.FieldByIndex(field.Index).IsZero() {
			names = append(names, field.Name)
		}
	}
	return names
}
