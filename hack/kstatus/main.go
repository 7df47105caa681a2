// Prints what kstatus says of each object: one line with its status and message for each JSON object on standard input. With an
// item of `healthCheckExprs` as its argument, as JSON, it prints what Flux says by these expressions.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

// judge returns the status and the message of an object.
type judge func(*unstructured.Unstructured) (string, string, error)

func main() {
	judge, err := choose(os.Args[1:])
	if err != nil {
		fail(err)
	}
	objects := json.NewDecoder(os.Stdin)
	for {
		// It makes int64 of whole numbers, as Kubernetes does. Both read generations so.
		var object unstructured.Unstructured
		if err := objects.Decode(&object); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			fail(err)
		}
		status, message, err := judge(&object)
		if err != nil {
			fail(err)
		}
		fmt.Printf("%s\t%s\n", status, message)
	}
}

func choose(arguments []string) (judge, error) {
	if len(arguments) == 0 {
		return byConvention, nil
	}
	var expressions kustomize.HealthCheckExpressions
	if err := json.Unmarshal([]byte(arguments[0]), &expressions); err != nil {
		return nil, err
	}
	evaluator, err := cel.NewStatusEvaluator(&expressions)
	if err != nil {
		return nil, err
	}
	return func(object *unstructured.Unstructured) (string, string, error) {
		result, err := evaluator.Evaluate(context.Background(), object)
		// Flux goes on to ask, as its reader of statuses says.
		if err != nil {
			return status.UnknownStatus.String(), err.Error(), nil
		}
		return result.Status.String(), result.Message, nil
	}, nil
}

func byConvention(object *unstructured.Unstructured) (string, string, error) {
	result, err := status.Compute(object)
	if err != nil {
		return "", "", err
	}
	return result.Status.String(), result.Message, nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
