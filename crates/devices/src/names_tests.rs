use super::*;

fn named(name: &str) -> Sighting {
    Sighting { name: name.to_owned(), ..Sighting::default() }
}

fn ids_and_names(sightings: Vec<Sighting>) -> Vec<(String, String)> {
    let devices = name_all(DeviceKind::Camera, sightings);
    devices.into_iter().map(|device| (device.id.as_str().to_owned(), device.name)).collect()
}

fn pair(id: &str, name: &str) -> (String, String) {
    (id.to_owned(), name.to_owned())
}

#[test]
fn the_systems_id_comes_first_then_the_product_then_the_name() {
    let system =
        Sighting { system_id: Some("wasapi:{1}".into()), product: Some("usb:1:2".into()), ..named("A") };
    let product = Sighting { product: Some("usb:1:2".into()), ..named("B") };
    assert_eq!(
        ids_and_names(vec![system, product, named("C")]),
        [pair("wasapi:{1}", "A"), pair("usb:1:2", "B"), pair("name:C", "C")]
    );
}

#[test]
fn twins_get_different_ids_and_names() {
    let twin = || Sighting { product: Some("usb:046d:0825".into()), ..named("Webcam") };
    assert_eq!(
        ids_and_names(vec![twin(), named("Webcam"), twin()]),
        [
            pair("usb:046d:0825", "Webcam"),
            pair("name:Webcam", "Webcam (2)"),
            pair("usb:046d:0825#2", "Webcam (3)")
        ]
    );
}

#[test]
fn a_device_without_a_name_gets_one() {
    assert_eq!(ids_and_names(vec![named("  ")]), [pair("name:Camera", "Camera")]);
}
