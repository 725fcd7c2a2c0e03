import boto3
import pytest
from botocore.stub import Stubber


@pytest.fixture
def sts():
    client = boto3.client(
        "sts",
        region_name="us-east-1",
        aws_access_key_id="id",
        aws_secret_access_key="key",
        aws_session_token="token",
    )
    yield client
    client.close()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ExpiredToken", "token has expired"),
        ("InvalidClientTokenId", "does not know these credentials"),
        ("AccessDenied", "AWS refuses these credentials: no"),
    ],
)
def test_a_refusal_is_explained_in_a_sentence(program, sts, code, words):
    with Stubber(sts) as stub:
        stub.add_client_error("get_caller_identity", code, "no")

        assert words in program("check_account").refusal(sts)


def test_an_account_that_answers_is_fine(program, sts):
    with Stubber(sts) as stub:
        stub.add_response("get_caller_identity", {"Account": "123456789012"})

        assert program("check_account").refusal(sts) is None


def test_missing_credentials_are_explained(program, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    client = boto3.session.Session().client("sts", region_name="us-east-1")

    assert "no complete AWS credentials" in program("check_account").refusal(client)
    client.close()
