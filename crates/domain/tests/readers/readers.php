<?php
// What PHP finds: a router for its own server, which answers with the values of the field that the query names.
declare(strict_types=1);

function scalars(mixed $value): array
{
    if (is_array($value)) {
        return array_merge([], ...array_map('scalars', array_values($value)));
    }
    return [is_bool($value) || $value === null ? json_encode($value) : (string) $value];
}

$key = $_SERVER['HTTP_X_KEY'];
$found = [];
if ($_SERVER['HTTP_X_KIND'] === 'json') {
    $value = json_decode(file_get_contents('php://input'), true, 512, JSON_THROW_ON_ERROR);
    $found = is_array($value) && array_key_exists($key, $value) ? scalars($value[$key]) : [];
} else {
    $found = array_key_exists($key, $_POST) ? scalars($_POST[$key]) : [];
    if (isset($_FILES[$key]) && is_string($_FILES[$key]['tmp_name']) && $_FILES[$key]['tmp_name'] !== '') {
        $found[] = file_get_contents($_FILES[$key]['tmp_name']);
    }
}
header('content-type: application/json');
echo json_encode($found, JSON_INVALID_UTF8_SUBSTITUTE);
