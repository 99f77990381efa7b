"""Files with metadata whose answer is known, and a certificate that nobody trusts."""

from __future__ import annotations

import datetime
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pictures

from detector.media import open as open_media
from detector.provenance import photo_provenance
from detector.structures import Image, Provenance

NAMESPACES = (
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"'
    ' xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def smooth_picture(seed: int = 0, side: int = 160) -> Image:
    """A picture with detail of every size, never encoded: (side, side, 3)."""
    rng = np.random.default_rng(seed)
    layers = [
        np.asarray(
            Pictures.fromarray(rng.integers(0, 256, (cells, cells, 3), dtype=np.uint8)).resize(
                (side, side), Pictures.Resampling.BICUBIC
            ),
            dtype=np.float64,
        )
        for cells in (4, 8, 16, 32, 64)
    ]
    return np.clip(np.mean(layers, axis=0) * 1.6 - 76, 0, 255).astype(np.uint8)


def picture() -> Pictures.Image:
    return Pictures.fromarray(smooth_picture())


def xmp(properties: str = "", elements: str = "") -> bytes:
    """An XMP packet with properties as attributes and as elements."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f"<rdf:RDF {NAMESPACES}><rdf:Description {properties}>{elements}</rdf:Description></rdf:RDF>"
        "</x:xmpmeta>"
        '<?xpacket end="w"?>'
    ).encode()


def provenance_of(path: Path) -> Provenance:
    """As a scan reads it."""
    (frame,) = open_media(path).frames
    return photo_provenance(path, frame.image)


def make_chain() -> tuple[bytes, bytes]:
    """A signer's certificate with that of its authority, and the signer's key, all made here, as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = datetime.datetime.now(datetime.UTC)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def name(common: str) -> x509.Name:
        parts = {NameOID.ORGANIZATION_NAME: "A test press", NameOID.COMMON_NAME: common}
        return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts.items()])

    def usage(**allowed: bool) -> x509.KeyUsage:
        names = (
            *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
            *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
        )
        return x509.KeyUsage(**{**dict.fromkeys(names, False), **allowed})

    def certificate(common: str, public: Any, authority: bool, *extensions: Any) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(common))
            .issuer_name(name("A test authority"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=2))
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.KeyUsage))
        return builder.sign(authority_key, hashes.SHA256())

    chain = (
        certificate(
            "A test signer",
            key.public_key(),
            False,
            usage(digital_signature=True),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]),
        ),
        certificate("A test authority", authority_key.public_key(), True, usage(key_cert_sign=True)),
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain), secret


def signed_jpeg(path: Path, source_type: str, address: str | None = None) -> Path:
    """A JPEG with content credentials that tell one step; with `address` they lie there instead."""
    import c2pa

    certificates, key = make_chain()
    action = {
        "action": "c2pa.created",
        "digitalSourceType": f"http://cv.iptc.org/newscodes/digitalsourcetype/{source_type}",
    }
    manifest = {
        "claim_generator_info": [{"name": "A test program", "version": "1.0"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }
    plain, signed = io.BytesIO(), io.BytesIO()
    picture().save(plain, "JPEG")
    plain.seek(0)
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", certificates, key, None))
    with c2pa.Builder(json.dumps(manifest)) as builder:
        if address:
            builder.set_no_embed()
            builder.set_remote_url(address)
        builder.sign(signer, "image/jpeg", plain, signed)
    path.write_bytes(signed.getvalue())
    return path
