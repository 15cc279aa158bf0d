// What Go's readers of request bodies find: reads cases from stdin, one JSON object per line, and answers in kind.
// Each answer says of every reader which values it finds for the case's key. What a reader refuses it doesn't find.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
)

type testCase struct {
	Kind  string `json:"kind"`
	Type  string `json:"type"`
	Query string `json:"query"`
	Key   string `json:"key"`
	Body  []byte `json:"body"`
}

// The texts that a program compares when it reads this value.
func scalars(value any) []string {
	switch value := value.(type) {
	case []any:
		found := []string{}
		for _, item := range value {
			found = append(found, scalars(item)...)
		}
		return found
	case map[string]any:
		return []string{}
	case nil:
		return []string{"null"}
	default:
		return []string{fmt.Sprint(value)}
	}
}

// As programs read JSON: into a struct whose field has the key as its name.
func readJSON(test testCase) ([]string, error) {
	tag := reflect.StructTag(fmt.Sprintf(`json:%q`, test.Key))
	field := reflect.StructField{Name: "Field", Type: reflect.TypeOf((*any)(nil)).Elem(), Tag: tag}
	read := func(text []byte) ([]string, error) {
		value := reflect.New(reflect.StructOf([]reflect.StructField{field}))
		if err := json.NewDecoder(bytes.NewReader(text)).Decode(value.Interface()); err != nil {
			return nil, err
		}
		if found := value.Elem().Field(0).Interface(); found != nil {
			return scalars(found), nil
		}
		return []string{}, nil
	}
	if bytes.HasPrefix(bytes.TrimSpace(test.Body), []byte("[")) {
		var all []json.RawMessage
		if err := json.Unmarshal(test.Body, &all); err != nil {
			return nil, err
		}
		found := []string{}
		for _, one := range all {
			more, err := read(one)
			if err != nil {
				return nil, err
			}
			found = append(found, more...)
		}
		return found, nil
	}
	return read(test.Body)
}

func readForm(test testCase) ([]string, error) {
	request, err := http.NewRequest("POST", "https://api.test/?"+test.Query, bytes.NewReader(test.Body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", test.Type)
	// Programs often go on with what was read before an error.
	_ = request.ParseMultipartForm(1 << 20)
	found := append([]string{}, request.PostForm[test.Key]...)
	if request.MultipartForm != nil {
		found = append(found, request.MultipartForm.Value[test.Key]...)
		for _, header := range request.MultipartForm.File[test.Key] {
			if file, err := header.Open(); err == nil {
				text, _ := io.ReadAll(file)
				found = append(found, string(text))
			}
		}
	}
	return found, nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 0, 1<<20), 1<<24)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var test testCase
		if err := json.Unmarshal(lines.Bytes(), &test); err != nil {
			panic(err)
		}
		answer := map[string][]string{}
		switch test.Kind {
		case "json":
			if found, err := readJSON(test); err == nil {
				answer["encoding/json"] = found
			}
		case "form", "multipart":
			if found, err := readForm(test); err == nil {
				answer["net/http"] = found
			}
		}
		if err := answers.Encode(answer); err != nil {
			panic(err)
		}
	}
}
