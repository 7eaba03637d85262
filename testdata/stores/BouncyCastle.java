/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Key stores as BouncyCastle writes them. Arguments: a PKCS#12 store to copy the
 * keys from, and pairs of a key store type and a file to write. The password is
 * in the environment as PASS. A type "PKCS8" is the first key as PEM, as
 * BouncyCastle encodes it.
 */
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.security.Key;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collections;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

public class BouncyCastle {
	static final char[] PASS = System.getenv("PASS").toCharArray();

	/* The same key as BouncyCastle makes it: one of Ed25519 has the public key in it (RFC 5958). */
	static PrivateKey own(Key key, Certificate certificate) throws Exception {
		PrivateKeyInfo info = PrivateKeyInfo.getInstance(key.getEncoded());
		String algorithm = key.getAlgorithm();

		if (algorithm.equals("EdDSA")) {
			SubjectPublicKeyInfo spki =
				SubjectPublicKeyInfo.getInstance(certificate.getPublicKey().getEncoded());

			algorithm = "Ed25519";
			info = new PrivateKeyInfo(info.getPrivateKeyAlgorithm(), info.parsePrivateKey(), null,
				spki.getPublicKeyData().getOctets());
		}
		return KeyFactory.getInstance(algorithm, "BC").generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded()));
	}

	static void pem(KeyStore from, String file) throws Exception {
		String alias = from.aliases().nextElement();
		Base64.Encoder base64 = Base64.getMimeEncoder(64, new byte[] { '\n' });
		String text = "-----BEGIN PRIVATE KEY-----\n" +
			base64.encodeToString(own(from.getKey(alias, PASS), from.getCertificate(alias)).getEncoded()) +
			"\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\n" +
			base64.encodeToString(from.getCertificate(alias).getEncoded()) + "\n-----END CERTIFICATE-----\n";

		try (FileOutputStream out = new FileOutputStream(file)) {
			out.write(text.getBytes("US-ASCII"));
		}
	}

	static void store(KeyStore from, String type, String file) throws Exception {
		KeyStore to = KeyStore.getInstance(type, "BC");

		to.load(null, PASS);
		for (String alias : Collections.list(from.aliases())) {
			if (from.isKeyEntry(alias))
				to.setKeyEntry(alias, own(from.getKey(alias, PASS), from.getCertificate(alias)), PASS,
					from.getCertificateChain(alias));
			else
				to.setCertificateEntry(alias, from.getCertificate(alias));
		}
		try (FileOutputStream out = new FileOutputStream(file)) {
			to.store(out, PASS);
		}
	}

	public static void main(String[] args) throws Exception {
		KeyStore from = KeyStore.getInstance("PKCS12");

		Security.addProvider(new BouncyCastleProvider());
		try (FileInputStream in = new FileInputStream(args[0])) {
			from.load(in, PASS);
		}
		for (int i = 1; i + 1 < args.length; i += 2) {
			if (args[i].equals("PKCS8"))
				pem(from, args[i + 1]);
			else
				store(from, args[i], args[i + 1]);
		}
	}
}
